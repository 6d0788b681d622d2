//! A fictional company, its people and its numbers. Every number is one of those reserved for fiction (555-01xx).

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use crate::db::Transaction;
use crate::directory::Defaults;

pub(super) const ACCOUNT_ID: i64 = 810_000_001;
pub(super) const COMPANY: &str = "Example Coffee Roasters";
pub(super) const MAIN_NUMBER: &str = "+16505550100";
/// The default user's SMS number.
pub(super) const SMS_FROM: &str = "+16505550101";
/// Somebody to write to: a colleague, so that the message arrives.
pub(super) const SMS_TO: &str = "+16505550102";

/// An extension number's id.
pub(super) const fn extension_id(number: i64) -> i64 {
    810_000_000 + number
}

/// Somebody with a password.
#[derive(Clone, Copy)]
struct Person {
    number: i64,
    extension: &'static str,
    first_name: &'static str,
    last_name: &'static str,
    email: &'static str,
    password: &'static str,
    job_title: &'static str,
    department: &'static str,
    /// The direct number's last two digits after +1 650 555 01.
    direct: Option<&'static str>,
    status: &'static str,
    is_admin: bool,
    locked: bool,
    mfa_code: Option<&'static str>,
}

const PERSON: Person = Person {
    number: 0,
    extension: "",
    first_name: "",
    last_name: "",
    email: "",
    password: "",
    job_title: "",
    department: "",
    direct: None,
    status: "Enabled",
    is_admin: false,
    locked: false,
    mfa_code: None,
};

const PEOPLE: &[Person] = &[
    Person {
        number: 101,
        extension: "101",
        first_name: "Ada",
        last_name: "Quill",
        email: "ada.quill@example.com",
        password: "Coffee-101!",
        job_title: "Managing Director",
        department: "Office",
        direct: Some("01"),
        is_admin: true,
        ..PERSON
    },
    Person {
        number: 102,
        extension: "102",
        first_name: "Ben",
        last_name: "Osei",
        email: "ben.osei@example.com",
        password: "Coffee-102!",
        job_title: "Head Roaster",
        department: "Roastery",
        direct: Some("02"),
        ..PERSON
    },
    Person {
        number: 103,
        extension: "103",
        first_name: "Chloé",
        last_name: "Fontaine",
        email: "chloe.fontaine@example.com",
        password: "Coffee-103!",
        job_title: "Sales",
        department: "Office",
        direct: Some("03"),
        ..PERSON
    },
    Person {
        number: 104,
        extension: "104",
        first_name: "Dmitri",
        last_name: "Vale",
        email: "dmitri.vale@example.com",
        password: "Coffee-104!",
        job_title: "Bookkeeper",
        department: "Office",
        direct: Some("04"),
        locked: true,
        ..PERSON
    },
    Person {
        number: 105,
        extension: "105",
        first_name: "Eve",
        last_name: "Tanaka",
        email: "eve.tanaka@example.com",
        password: "Coffee-105!",
        job_title: "Quality",
        department: "Roastery",
        direct: Some("05"),
        mfa_code: Some("246810"),
        ..PERSON
    },
    Person {
        number: 106,
        extension: "106",
        first_name: "Farid",
        last_name: "Noor",
        email: "farid.noor@example.com",
        password: "Coffee-106!",
        job_title: "Barista",
        department: "Shop",
        status: "Disabled",
        ..PERSON
    },
    Person {
        number: 107,
        extension: "107",
        first_name: "Grace",
        last_name: "Lindqvist",
        email: "grace.lindqvist@example.com",
        password: "Coffee-107!",
        job_title: "Barista",
        department: "Shop",
        status: "NotActivated",
        ..PERSON
    },
];

/// Extensions that are not people: id, number, type, status, name.
const OTHERS: &[(i64, Option<&str>, &str, &str, &str)] = &[
    (108, Some("108"), "FaxUser", "Enabled", "Office Fax"),
    (201, Some("201"), "Department", "Enabled", "Orders"),
    (202, Some("202"), "Department", "Enabled", "Support"),
    (301, Some("301"), "IvrMenu", "Enabled", "Main Menu"),
    (401, Some("401"), "Voicemail", "Enabled", "After Hours"),
    (402, Some("402"), "Announcement", "Enabled", "Opening Hours"),
    (501, Some("501"), "Limited", "Enabled", "Lobby Phone"),
    (601, Some("601"), "Site", "Enabled", "Roastery Site"),
    (901, None, "User", "Unassigned", "Unassigned"),
];

/// One of the company's phone numbers.
struct Number {
    id: i64,
    extension: Option<i64>,
    /// The last two digits after +1 650 555 01.
    digits: &'static str,
    usage: &'static str,
    kind: &'static str,
    features: &'static str,
    label: Option<&'static str>,
}

const fn number(
    id: i64,
    extension: Option<i64>,
    digits: &'static str,
    usage: &'static str,
    kind: &'static str,
    features: &'static str,
    label: Option<&'static str>,
) -> Number {
    Number {
        id,
        extension,
        digits,
        usage,
        kind,
        features,
        label,
    }
}

const NUMBERS: &[Number] = &[
    number(1, None, "00", "MainCompanyNumber", "VoiceFax", "CallerId", None),
    number(2, Some(101), "01", "DirectNumber", "VoiceFax", SMS, None),
    number(3, Some(102), "02", "DirectNumber", "VoiceFax", SMS, None),
    number(4, Some(103), "03", "DirectNumber", "VoiceFax", SMS, None),
    number(5, Some(104), "04", "DirectNumber", "VoiceFax", SMS, None),
    number(6, Some(105), "05", "DirectNumber", "VoiceFax", SMS, None),
    number(
        7,
        Some(108),
        "08",
        "CompanyFaxNumber",
        "FaxOnly",
        "CallerId",
        Some("Fax"),
    ),
    number(
        8,
        None,
        "09",
        "CompanyNumber",
        "VoiceFax",
        "CallerId",
        Some("Wholesale"),
    ),
    number(
        9,
        Some(101),
        "10",
        "DirectNumber",
        "VoiceOnly",
        "CallerId",
        Some("Second line"),
    ),
    number(
        10,
        Some(101),
        "11",
        "DirectNumber",
        "FaxOnly",
        "CallerId",
        Some("Fax"),
    ),
    number(
        11,
        Some(201),
        "20",
        "DirectNumber",
        "VoiceFax",
        "CallerId",
        Some("Orders"),
    ),
    // Texts, but no pictures.
    number(
        12,
        Some(103),
        "13",
        "DirectNumber",
        "VoiceFax",
        "CallerId SmsSender",
        Some("Texts only"),
    ),
];

const SMS: &str = "CallerId SmsSender MmsSender";

/// A telephone line of the company, as calls and messages show it.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) extension_id: i64,
    pub(super) extension: &'static str,
    pub(super) name: &'static str,
    pub(super) number: &'static str,
}

pub(super) const ADA: Line = Line {
    extension_id: extension_id(101),
    extension: "101",
    name: "Ada Quill",
    number: SMS_FROM,
};
pub(super) const BEN: Line = Line {
    extension_id: extension_id(102),
    extension: "102",
    name: "Ben Osei",
    number: SMS_TO,
};
pub(super) const CHLOE: Line = Line {
    extension_id: extension_id(103),
    extension: "103",
    name: "Chloé Fontaine",
    number: "+16505550103",
};
pub(super) const EVE: Line = Line {
    extension_id: extension_id(105),
    extension: "105",
    name: "Eve Tanaka",
    number: "+16505550105",
};
pub(super) const FAX: Line = Line {
    extension_id: extension_id(108),
    extension: "108",
    name: "Office Fax",
    number: "+16505550108",
};
pub(super) const ORDERS: Line = Line {
    extension_id: extension_id(201),
    extension: "201",
    name: "Orders",
    number: "+16505550120",
};

/// What the env file names.
pub(super) fn defaults() -> Defaults {
    Defaults {
        client_id: Some(super::apps::CONFIDENTIAL_APP.0.to_owned()),
        public_client_id: Some(super::apps::PUBLIC_APP.to_owned()),
        extension_id: Some(extension_id(101)),
        from: Some(SMS_FROM.to_owned()),
        to: Some(SMS_TO.to_owned()),
    }
}

pub(super) fn fill(tx: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<()> {
    let founded_ms = (now - SignedDuration::from_hours(400 * 24)).as_millisecond();
    tx.execute(
        "INSERT INTO accounts (id, company, main_number, operator_id, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![ACCOUNT_ID, COMPANY, MAIN_NUMBER, extension_id(101), founded_ms],
    )?;
    for person in PEOPLE {
        fill_person(tx, person, founded_ms)?;
    }
    for (number, extension, kind, status, name) in OTHERS {
        tx.prepare_cached(
            "INSERT INTO extensions (id, account_id, extension_number, type, status, name, hidden, created_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            extension_id(*number),
            ACCOUNT_ID,
            extension,
            kind,
            status,
            name,
            *kind == "Limited",
            founded_ms,
        ])?;
    }
    for Number {
        id,
        extension,
        digits,
        usage,
        kind,
        features,
        label,
    } in NUMBERS
    {
        tx.prepare_cached(
            "INSERT INTO phone_numbers (id, account_id, extension_id, phone_number, usage_type, type, payment_type,
                status, features, label, location, primary_number)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'Local', 'Normal', ?7, ?8, 'Redwood City, CA', ?9)",
        )?
        .execute(params![
            820_000_000 + id,
            ACCOUNT_ID,
            extension.map(extension_id),
            format!("+165055501{digits}"),
            usage,
            kind,
            features,
            label,
            *features == SMS || *usage == "MainCompanyNumber",
        ])?;
    }
    Ok(())
}

fn fill_person(tx: &Transaction<'_>, person: &Person, founded_ms: i64) -> rusqlite::Result<()> {
    let id = extension_id(person.number);
    let started_ms = founded_ms + (person.number - 100) * 86_400_000;
    tx.prepare_cached(
        "INSERT INTO extensions (id, account_id, extension_number, type, status, name, first_name, last_name, email,
            job_title, department, mobile_phone, is_admin, setup_state, created_ms)
         VALUES (?1, ?2, ?3, 'User', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        id,
        ACCOUNT_ID,
        person.extension,
        person.status,
        format!("{} {}", person.first_name, person.last_name),
        person.first_name,
        person.last_name,
        person.email,
        person.job_title,
        person.department,
        person.direct.map(|digits| format!("+141555501{digits}")),
        person.is_admin,
        if person.status == "NotActivated" { "NotStarted" } else { "Completed" },
        started_ms,
    ])?;
    tx.prepare_cached(
        "INSERT INTO credentials (extension_id, password, locked, mfa_code) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![id, person.password, person.locked, person.mfa_code])?;
    Ok(())
}
