//! Files, pictures and sounds, to the platform and back; and what the memory of a large one is.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use ringcentral::{App, Client, FaxResolution, Grant, Part, PhoneNumber};
use ringcentral_e2e::{Emulator, Store, StoreKind, Worker};
use serde_json::{Value, json};
use tempfile::TempDir;

/// An emulator and a client that is logged in to it.
async fn platform() -> anyhow::Result<(Emulator, Client)> {
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let app = App::confidential(
        emulator.variable("RC_CLIENT_ID"),
        emulator.variable("RC_CLIENT_SECRET"),
    );
    let client = Client::builder(app)
        .server(emulator.variable("RC_SERVER_URL"))
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .build()?;
    let grant = Grant::password(
        emulator.variable("RC_USERNAME"),
        Some(emulator.variable("RC_EXTENSION").to_owned()),
        emulator.variable("RC_PASSWORD"),
    );
    client.oauth().login(grant).await?;
    Ok((emulator, client))
}

fn number(emulator: &Emulator, name: &str) -> anyhow::Result<PhoneNumber> {
    Ok(PhoneNumber::parse(emulator.variable(name))?)
}

/// A document of two pages, as far as anybody looks.
const PDF: &str =
    "%PDF-1.4\n1 0 obj\n<< /Type /Pages /Count 2 >>\n<< /Type /Page >>\n<< /Type /Page >>\n%%EOF\n";

fn file(directory: &TempDir, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<std::path::PathBuf> {
    let path = directory.path().join(name);
    fs::write(&path, content)?;
    Ok(path)
}

async fn bytes(client: &Client, address: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    client.download(address).to_writer(&mut bytes).await?;
    Ok(bytes)
}

/// A recorded call so many seconds long; answers where its sound is.
async fn recording(emulator: &Emulator, seconds: u32) -> anyhow::Result<String> {
    let call = json!({ "duration": seconds, "recording": true });
    let call = emulator.control("POST", "calls", Some(call)).await?;
    let address = call["recording"]["contentUri"].as_str();
    Ok(address.context("the call has no recording")?.to_owned())
}

fn sound_length(seconds: u64) -> u64 {
    44 + seconds * 8000
}

#[tokio::test]
async fn an_mms_arrives_with_its_files() -> anyhow::Result<()> {
    let (emulator, client) = platform().await?;
    let directory = TempDir::new()?;
    let map = file(
        &directory,
        "Übersicht \"neu\".png",
        b"\x89PNG\r\n\x1a\nnot much of a picture",
    )?;
    let message = client
        .me()
        .mms()
        .send_from(&number(&emulator, "RC_FROM")?)
        .to(&number(&emulator, "RC_TO")?)
        .text("Where we meet")
        .file(&map)
        .attach(Part::bytes(
            "attachment",
            "card.vcf",
            "BEGIN:VCARD\r\nEND:VCARD\r\n",
        ))
        .send()
        .await?;
    ensure!(message.subject.as_deref() == Some("Where we meet"));
    let stored: Value = client
        .get(&format!(
            "/restapi/v1.0/account/~/extension/~/message-store/{}",
            message.id
        ))
        .send()
        .await?
        .json()?;
    let files: Vec<&Value> = stored["attachments"]
        .as_array()
        .context("no attachments")?
        .iter()
        .filter(|attachment| attachment["type"] == "MmsAttachment")
        .collect();
    ensure!(files.len() == 2, "{stored}");
    for (attachment, content_type, sent) in [
        (files[0], "image/png", fs::read(&map)?),
        (files[1], "text/vcard", b"BEGIN:VCARD\r\nEND:VCARD\r\n".to_vec()),
    ] {
        ensure!(attachment["contentType"] == content_type, "{attachment}");
        let address = attachment["uri"].as_str().context("no address")?;
        ensure!(
            bytes(&client, address).await? == sent,
            "{content_type} came back changed"
        );
        let id = attachment["id"].as_u64().context("no id")?;
        let mut again = Vec::new();
        client
            .me()
            .message_content(message.id, id)
            .to_writer(&mut again)
            .await?;
        ensure!(again == sent);
    }
    Ok(())
}

#[tokio::test]
async fn a_fax_is_sent_and_sent_again() -> anyhow::Result<()> {
    let (emulator, client) = platform().await?;
    let directory = TempDir::new()?;
    let contract = file(&directory, "contract.pdf", PDF)?;
    let (me, to) = (client.me(), number(&emulator, "RC_TO")?);
    let plain = me.fax().send_to(&to).file(&contract).cover_page(0).send().await?;
    let content = me.message_content(plain.id, plain.id.as_u64());
    let saved = content.to_file(directory.path().join("sent.pdf")).await?;
    ensure!(saved.content_type() == Some("application/pdf"));
    ensure!(fs::read_to_string(directory.path().join("sent.pdf"))? == PDF);

    let fax = me
        .fax()
        .send_to(&to)
        .file(&contract)
        .resolution(&FaxResolution::Low)
        .cover_page(1)
        .cover_page_text("Please sign, Ünal")
        .send()
        .await?;
    let path = format!("/restapi/v1.0/account/~/extension/~/message-store/{}", fax.id);
    let stored: Value = client.get(&path).send().await?.json()?;
    ensure!(stored["faxResolution"] == "Low", "{stored}");
    ensure!(stored["faxPageCount"] == 3, "two pages and the cover: {stored}");
    ensure!(stored["coverPageText"] == "Please sign, Ünal", "{stored}");

    emulator
        .control("POST", "clock", Some(json!({ "advance": "10m" })))
        .await?;
    let again = me.fax().resend(fax.id).send().await?;
    ensure!(again.id != fax.id);
    ensure!(again.to.len() == 1 && again.to[0].phone_number == fax.to[0].phone_number);
    Ok(())
}

#[tokio::test]
async fn a_picture_goes_up_and_comes_down() -> anyhow::Result<()> {
    let (_emulator, client) = platform().await?;
    let directory = TempDir::new()?;
    let picture = b"\x89PNG\r\n\x1a\nme";
    let path = file(&directory, "me.png", picture)?;
    let me = client.me();
    me.set_profile_image(Part::file("image", &path)).await?;
    let stream = me.profile_image().open().await?;
    ensure!(stream.content_type() == Some("image/png"));
    ensure!(stream.length() == Some(picture.len() as u64));
    let own = "/restapi/v1.0/account/~/extension/~/profile-image";
    ensure!(bytes(&client, own).await? == picture);
    // The picture alone, without parts around it.
    client.put(own).body_file(&path, "image/png").send().await?;
    me.create_profile_image(Part::bytes("image", "other.gif", "GIF89a"))
        .await?;
    ensure!(bytes(&client, own).await? == b"GIF89a");
    Ok(())
}

/// The connection breaks in the middle, before the answer and after it: the sound is the same.
#[tokio::test]
async fn a_recording_is_downloaded_whatever_happens_on_the_way() -> anyhow::Result<()> {
    let (emulator, client) = platform().await?;
    let address = recording(&emulator, 40).await?;
    let whole = bytes(&client, &address).await?;
    ensure!(whole.len() as u64 == sound_length(40) && whole.starts_with(b"RIFF"));
    for (action, times, requests) in [
        (json!({ "type": "truncate", "bytes": 100_000 }), 1, 2),
        (json!({ "type": "truncate", "bytes": 100_000 }), 3, 4),
        (json!({ "type": "truncate", "bytes": 10 }), 2, 3),
        (json!({ "type": "drop-before" }), 1, 2),
        (json!({ "type": "drop-after" }), 1, 2),
        (json!({ "type": "status", "status": 503, "retryAfter": 0 }), 1, 2),
    ] {
        emulator.control("DELETE", "requests", None).await?;
        let fault = json!({ "match": { "path": "*/content" }, "action": action, "times": times });
        emulator.control("POST", "faults", Some(fault)).await?;
        let arrived = bytes(&client, &address)
            .await
            .with_context(|| format!("{action}"))?;
        ensure!(
            arrived == whole,
            "{action}: {} bytes of {}",
            arrived.len(),
            whole.len()
        );
        let journal = emulator.journal().await?;
        ensure!(journal.len() == requests, "{action}: {journal:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_fax_whose_answer_is_lost_went_out_once() -> anyhow::Result<()> {
    let (emulator, client) = platform().await?;
    let directory = TempDir::new()?;
    let contract = file(&directory, "contract.pdf", PDF)?;
    let fault = json!({ "match": { "path": "*/fax" }, "action": { "type": "drop-after" }, "times": 1 });
    emulator.control("POST", "faults", Some(fault)).await?;
    let to = number(&emulator, "RC_TO")?;
    let sent = client.me().fax().send_to(&to).file(&contract).send().await;
    let error = sent.err().context("its answer was lost")?;
    ensure!(error.is_outcome_unknown(), "{error}");
    let journal = emulator.journal().await?;
    let faxes = journal.iter().filter(|line| line.contains("/fax")).count();
    ensure!(faxes == 1, "{journal:?}");
    Ok(())
}

/// What a process may grow by, whatever the size of what it moves.
const GROWTH: u64 = 16 << 20;

async fn transfer(emulator: &Emulator, options: &[&str]) -> anyhow::Result<(u64, u64)> {
    let store = Store::new(StoreKind::File)?;
    let login = Worker::log_in(emulator, &store, 1).await?;
    let transferred = Worker::transfer(emulator, &login, options).await?;
    Ok((
        transferred.bytes,
        transferred.peak_after - transferred.peak_before,
    ))
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the path is not text")
}

#[tokio::test]
async fn two_hundred_megabytes_down_take_no_more_memory_than_a_few() -> anyhow::Result<()> {
    const SECONDS: u32 = 25_000;
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let address = recording(&emulator, SECONDS).await?;
    let directory = TempDir::new()?;
    let path = directory.path().join("call.wav");
    let (bytes, growth) = transfer(&emulator, &["--download", &address, "--into", text(&path)?]).await?;
    ensure!(bytes == sound_length(SECONDS.into()), "{bytes} bytes");
    ensure!(fs::metadata(&path)?.len() == bytes);
    ensure!(growth < GROWTH, "the process grew by {growth} bytes");
    Ok(())
}

#[tokio::test]
async fn forty_five_megabytes_up_take_no_more_memory_than_a_few() -> anyhow::Result<()> {
    const LENGTH: u64 = 45_000_000;
    let emulator = Emulator::start(&["--rate-limits", "off"]).await?;
    let directory = TempDir::new()?;
    let path = directory.path().join("scan.tif");
    File::create(&path)?.set_len(LENGTH)?;
    let (bytes, growth) = transfer(&emulator, &["--fax", text(&path)?]).await?;
    ensure!(bytes == LENGTH);
    ensure!(growth < GROWTH, "the process grew by {growth} bytes");
    let journal = emulator.journal().await?;
    ensure!(
        journal.iter().any(|line| line.ends_with("/fax 200")),
        "{journal:?}"
    );
    Ok(())
}

const BUSY_COMPANY: &str = r#"
[[apps]]
client_id = "EMU-export"
client_secret = "EMU-export-secret"

[[accounts]]
company = "Example Flowers"
main_number = "+16505550100"

[[accounts.users]]
extension = "101"
first_name = "Ada"
last_name = "Reyes"
email = "ada@example.com"
password = "Flowers-101!"
number = "+16505550101"
admin = true

[accounts.generate]
calls = 20_000
"#;

#[tokio::test]
async fn twenty_thousand_records_take_the_memory_of_a_page() -> anyhow::Result<()> {
    let directory = TempDir::new()?;
    let seed = directory.path().join("seed.toml");
    fs::write(&seed, BUSY_COMPANY)?;
    let emulator = Emulator::start(&["--rate-limits", "off", "--seed", text(&seed)?]).await?;
    let (records, growth) = transfer(&emulator, &["--calls-from", "2020-01-01T00:00:00Z"]).await?;
    ensure!(records >= 20_000, "{records} records");
    ensure!(growth < GROWTH, "the process grew by {growth} bytes");
    Ok(())
}
