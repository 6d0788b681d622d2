//! What people get wrong, and what they are told: the file, the line, the variable, and never a value.

use std::fs;

use crate::support::{Home, Platform, Ran, assert_session};

fn told(home: &Home, ran: &Ran, code: i32, words: &[&str]) {
    let session = home.session(ran);
    assert_eq!(ran.code, code, "{session}");
    for word in words {
        assert!(ran.stderr.contains(word), "{word:?} is missing:\n{session}");
    }
    assert!(!session.contains("CANARY"), "{session}");
    assert!(ran.stderr.lines().count() <= 5, "{session}");
}

#[test]
fn settings_that_cannot_be_used_exit_3() {
    for (file, text, words) in [
        (
            ".env",
            "RC_CLIENT_ID=x\nCANARY\n",
            &[".env, line 2", "NAME=value"][..],
        ),
        (
            ".env",
            "RC_PASSWORD=\"CANARY\n",
            &[".env, line 1, RC_PASSWORD", "quote"],
        ),
        (
            ".env",
            "ENVIRONMENT=CANARY\n",
            &["ENVIRONMENT in .env, line 1", "sandbox"],
        ),
        (
            ".env",
            "ENVIRONMENT=sandbox\n",
            &[".env-sandbox is not there", "ENVIRONMENT in .env, line 1"],
        ),
        (
            ".env",
            "\nRC_SERVER_URL=CANARY CANARY\n",
            &[
                "RC_SERVER_URL in .env, line 2",
                "https://platform.ringcentral.com",
            ],
        ),
        (
            ".env",
            "RC_SERVER_URL=http://CANARY.example.com\n",
            &["RC_SERVER_URL in .env, line 1", "https://"],
        ),
        (
            ".env",
            "RC_REDIRECT_URL=CANARY\n",
            &["RC_REDIRECT_URL in .env, line 1"],
        ),
        (
            ".env",
            "RC_PASSWORD=CANARY\n",
            &["there is no client ID", "RC_CLIENT_ID", "ringcentral dev"],
        ),
    ] {
        let home = Home::new();
        home.write(file, text);
        told(&home, &home.run(&["status"]), 3, words);
    }
}

#[test]
fn a_named_file_that_is_missing_exits_3() {
    let home = Home::new();
    let ran = home.run(&["status", "--env-file", "elsewhere.env"]);
    assert_session!(home, ran, @r#"
    exit 3
    --- stderr
    error: elsewhere.env is not there, and --env-file asks for it
      try: write elsewhere.env, or name another file with --env-file
    "#);
}

#[test]
fn a_broken_line_is_told_in_three_parts() {
    let home = Home::new();
    home.write(".env", "RC_CLIENT_ID=x\nRC_SERVER_URL=ftp://example.com\n");
    assert_session!(home, home.run(&["status"]), @r#"
    exit 3
    --- stderr
    error: RC_SERVER_URL in .env, line 2 is not usable: it is not a server's address
      try: write it like https://platform.ringcentral.com
    "#);
}

#[test]
fn without_a_home_there_is_nowhere_to_keep_a_login() {
    let home = Home::new();
    let output = home
        .command(&["status", "--client-id", "x"])
        .env_remove("HOME")
        .output()
        .unwrap();
    told(&home, &Ran::from(output), 3, &["neither HOME nor", "set HOME"]);
}

/// Nothing is sent: no name is looked up, so this would take long and end with 6 otherwise.
#[test]
fn what_is_an_emulators_is_not_sent_to_ringcentral() {
    let home = Home::new();
    for (file, words) in [
        (
            "RC_CLIENT_ID=EMU-web-app\nRC_CLIENT_SECRET=EMU-web-app-secret\n",
            &[
                "the app is an emulator's",
                "RC_CLIENT_ID in .env, line 1",
                "the default",
            ][..],
        ),
        (
            "RC_CLIENT_ID=own\nRC_CLIENT_SECRET=EMU-web-app-secret\nRC_SERVER_URL=https://platform.ringcentral.com\n",
            &[
                "the client secret is an emulator's",
                "RC_CLIENT_SECRET in .env, line 2",
                "RC_SERVER_URL in .env, line 3",
            ],
        ),
    ] {
        home.write(".env", file);
        for arguments in [
            &["login", "--no-browser"][..],
            &["login", "--jwt"],
            &["whoami"],
            &["api", "account/~"],
            &["token"],
        ] {
            let ran = home.run_with(arguments, &[("RC_JWT", "a.b.c")]);
            told(&home, &ran, 3, words);
            assert!(!ran.stderr.contains("EMU-web-app-secret"), "{ran:?}");
        }
    }
}

/// A JWT cannot begin with the mark, so its header is read: from a setting, from a file, from standard input.
#[test]
fn a_jwt_of_an_emulator_is_not_sent_to_ringcentral() {
    let platform = Platform::start();
    let jwt = platform.value("RC_JWT");
    assert!(jwt.starts_with("ey"), "{jwt}");
    let home = Home::new();
    home.write("jwt.txt", &format!("{jwt}\n"));
    let own = "RC_CLIENT_ID=own\nRC_CLIENT_SECRET=own\n";
    for (server, more, arguments, origin) in [
        (
            "the default",
            true,
            &["login", "--jwt"][..],
            "RC_JWT in .env, line 3",
        ),
        ("the default", true, &["whoami"], "RC_JWT in .env, line 3"),
        ("the default", false, &["login", "--jwt", "jwt.txt"], "jwt.txt"),
        (
            "RC_SERVER_URL in .env, line 3",
            false,
            &["login", "--jwt", "jwt.txt"],
            "jwt.txt",
        ),
    ] {
        let more = match (more, server) {
            (true, _) => format!("RC_JWT={jwt}\n"),
            (false, "the default") => String::new(),
            (false, _) => "RC_SERVER_URL=https://platform.ringcentral.com\n".to_owned(),
        };
        home.write(".env", &format!("{own}{more}"));
        let ran = home.run(arguments);
        let words = [
            "the JWT credential is an emulator's",
            "nothing was sent",
            "its key begins with EMU-",
            origin,
            server,
        ];
        told(&home, &ran, 3, &words);
        assert!(!ran.stderr.contains(jwt), "{ran:?}");
    }
    // At an emulator it is what it is for.
    Home::with(&platform).run(&["login", "--jwt"]).succeeded();
}

/// A login of an emulator whose file somebody has put where one of RingCentral's belongs.
#[test]
fn tokens_of_an_emulator_are_not_sent_to_ringcentral() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let kept = home.token_file();
    // The file itself says whose login it is, so it takes more than a copy.
    let server = "https://platform.ringcentral.com";
    let text = fs::read_to_string(&kept).unwrap();
    let text = text.replace(platform.url(), server).replace("EMU-web-app", "own");
    let other = kept.with_file_name("platform.ringcentral.com_own.json");
    fs::rename(&kept, &other).unwrap();
    fs::write(&other, text).unwrap();
    home.write(".env", "RC_CLIENT_ID=own\nRC_CLIENT_SECRET=own\n");
    for arguments in [&["whoami"][..], &["token"], &["api", "account/~"], &["logout"]] {
        let words = [
            "the login that is kept is an emulator's",
            "the server is from the default",
        ];
        told(&home, &home.run(arguments), 3, &words);
    }
}

#[test]
fn nobody_logged_in_exits_4_everywhere() {
    let home = Home::new();
    home.write(
        ".env",
        "RC_CLIENT_ID=EMU-web-app\nRC_SERVER_URL=http://127.0.0.1:9\n",
    );
    for arguments in [
        &["status"][..],
        &["whoami"],
        &["token"],
        &["api", "account/~"],
        &["extension", "list"],
        &["call-log", "list"],
        &["message", "list"],
        &[
            "sms",
            "send",
            "--from",
            "+16505550101",
            "--to",
            "+16505550102",
            "--text",
            "hi",
        ],
    ] {
        let ran = home.run(arguments);
        told(&home, &ran, 4, &["profile \"default\"", "try: ringcentral login"]);
    }
    let ran = home.run(&["whoami", "--profile", "work", "--json"]);
    let error = &ran.error_json()["error"];
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""));
    assert_eq!(error["exit_code"], 4);
    assert_eq!(error["try"][0], "ringcentral login --profile work");
}

#[test]
fn a_wrong_password_and_an_unknown_app_are_told_apart() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    let wrong = home.run_with(&["login", "--password"], &[("RC_PASSWORD", "CANARY")]);
    told(&home, &wrong, 1, &["OAU-140", "RC_PASSWORD"]);
    let unknown = home.run_with(
        &["login", "--password"],
        &[("RC_CLIENT_ID", "nobody"), ("RC_CLIENT_SECRET", "CANARY")],
    );
    told(&home, &unknown, 3, &["RC_CLIENT_ID and RC_CLIENT_SECRET"]);
    let secret = home.run_with(&["login", "--password"], &[("RC_CLIENT_SECRET", "CANARY")]);
    told(&home, &secret, 3, &["RC_CLIENT_ID and RC_CLIENT_SECRET"]);
    assert_eq!(home.run(&["status"]).code, 4, "nothing was stored");
}

#[test]
fn nobody_can_be_asked_without_a_terminal() {
    let home = Home::new();
    home.write(".env", "RC_CLIENT_ID=x\nRC_USERNAME=someone\n");
    told(
        &home,
        &home.run(&["login", "--password"]),
        3,
        &["no password", "RC_PASSWORD", "terminal"],
    );
    told(&home, &home.run(&["login", "--jwt"]), 3, &["RC_JWT"]);
    told(
        &home,
        &home.run(&["login", "--jwt", "no-such-file"]),
        3,
        &["no-such-file"],
    );
    told(
        &home,
        &home.run_with_input(&["login", "--jwt", "-"], ""),
        3,
        &["standard input holds no text"],
    );
}

#[test]
fn a_login_file_that_is_not_right_is_named_and_left_alone() {
    let platform = Platform::start();
    let home = Home::with(&platform);
    home.log_in();
    let path = home.token_file();
    let whole = fs::read_to_string(&path).unwrap();

    for damaged in [
        whole[..whole.len() / 2].to_owned(),
        String::new(),
        "CANARY".to_owned(),
        "{}".to_owned(),
    ] {
        fs::write(&path, &damaged).unwrap();
        let ran = home.run(&["whoami"]);
        told(&home, &ran, 3, &[path.file_name().unwrap().to_str().unwrap()]);
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
    }

    let another = path
        .parent()
        .unwrap()
        .with_file_name("work")
        .join(path.file_name().unwrap());
    fs::create_dir(another.parent().unwrap()).unwrap();
    fs::write(&another, &whole).unwrap();
    set_mode(&another, 0o600);
    told(
        &home,
        &home.run(&["whoami", "--profile", "work"]),
        3,
        &["belongs to another login"],
    );

    let again = home.run(&["logout"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(
        again.stderr.contains("could not be ended on the platform") && !path.exists(),
        "{again:?}"
    );

    fs::write(&path, &whole).unwrap();
    set_mode(&path, 0o644);
    told(&home, &home.run(&["whoami"]), 3, &["try: "]);
    set_mode(&path, 0o600);
    home.run(&["whoami"]).succeeded();
}

fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_platform_that_is_not_there_exits_6() {
    let home = Home::new();
    // Nothing listens on the discard port.
    home.write(
        ".env",
        "RC_SERVER_URL=http://127.0.0.1:9\nRC_CLIENT_ID=x\nRC_JWT=CANARY\n",
    );
    told(&home, &home.run(&["login", "--jwt"]), 6, &["try: "]);
}

#[test]
fn a_log_filter_that_cannot_be_read_is_named() {
    let home = Home::new();
    let ran = home.run_with(&["status", "--client-id", "x"], &[("RINGCENTRAL_LOG", "a=b=c")]);
    told(&home, &ran, 3, &["RINGCENTRAL_LOG"]);
}
