//! The pages' icons: drawn for this project, inline so that they take the colour of their text.

macro_rules! icon {
    ($size:literal, $drawing:literal) => {
        concat!(
            r#"<svg aria-hidden="true" focusable="false" width=""#,
            $size,
            r#"" height=""#,
            $size,
            r#"" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round">"#,
            $drawing,
            "</svg>"
        )
    };
}

pub(crate) const MARK: &str = concat!(
    r#"<svg class="mark" aria-hidden="true" focusable="false" width="30" height="30" viewBox="0 0 32 32" fill="none">"#,
    r#"<path d="M4.6 16.6a11.4 11.4 0 1 0 11.4-11.4" stroke="currentColor" stroke-width="3.2" stroke-linecap="round"/>"#,
    r#"<path d="M10.6 16.6a5.4 5.4 0 1 0 5.4-5.4" stroke="currentColor" stroke-width="3.2" stroke-linecap="round"/>"#,
    r#"<circle cx="7.4" cy="8" r="2.7" fill="currentColor"/></svg>"#
);

pub(crate) const ARROW: &str = icon!("20", r#"<path d="M5 12h14M13 6l6 6-6 6"/>"#);
pub(crate) const SHIELD: &str = icon!(
    "22",
    r#"<path d="M12 3l7.5 2.8v5.4c0 4.6-3 8-7.5 9.8-4.5-1.8-7.5-5.2-7.5-9.8V5.8z"/><path d="M9 11.8l2.2 2.2L15.2 10"/>"#
);
pub(crate) const LOCK: &str = icon!(
    "22",
    r#"<rect x="4.5" y="10.5" width="15" height="10" rx="2.5"/><path d="M8 10.5V7.5a4 4 0 0 1 8 0v3M12 14.5v2.2"/>"#
);
pub(crate) const EXIT: &str = icon!(
    "22",
    r#"<path d="M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M10.5 12H20M16.5 8.5L20 12l-3.5 3.5"/>"#
);
pub(crate) const EXIT_LARGE: &str = icon!(
    "26",
    r#"<path d="M14 4H7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7M10.5 12H20M16.5 8.5L20 12l-3.5 3.5"/>"#
);

pub(crate) const INFO: &str = icon!(
    "20",
    r#"<circle cx="12" cy="12" r="9"/><path d="M12 11v5M12 7.7v.1"/>"#
);
pub(crate) const INFO_LARGE: &str = icon!(
    "26",
    r#"<circle cx="12" cy="12" r="9"/><path d="M12 11v5M12 7.7v.1"/>"#
);
pub(crate) const CHECK: &str = icon!(
    "20",
    r#"<circle cx="12" cy="12" r="9"/><path d="M8.2 12.3l2.6 2.6 5-5.4"/>"#
);
pub(crate) const CHECK_LARGE: &str = icon!("26", r#"<path d="M5.5 12.5l4.3 4.3L18.5 7.5"/>"#);
pub(crate) const ALERT: &str = icon!(
    "20",
    r#"<path d="M12 3.8l9 15.7H3z"/><path d="M12 10v4.2M12 17v.1"/>"#
);
pub(crate) const ALERT_LARGE: &str = icon!(
    "26",
    r#"<path d="M12 3.8l9 15.7H3z"/><path d="M12 10v4.2M12 17v.1"/>"#
);

pub(crate) const PEOPLE: &str = icon!(
    "24",
    r#"<circle cx="9" cy="8.5" r="3.3"/><path d="M2.8 19.5c.5-3.4 3-5.3 6.2-5.3s5.7 1.9 6.2 5.3M15.5 5.6a3.3 3.3 0 0 1 0 5.9M18 14.7c1.8.7 2.9 2.3 3.2 4.8"/>"#
);
pub(crate) const PHONE: &str = icon!(
    "24",
    r#"<path d="M6.5 3.5h2.7l1.6 4.3-2.1 1.7a12 12 0 0 0 5.8 5.8l1.7-2.1 4.3 1.6v2.7a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2z"/>"#
);
pub(crate) const PHONE_LARGE: &str = icon!(
    "40",
    r#"<path d="M6.5 3.5h2.7l1.6 4.3-2.1 1.7a12 12 0 0 0 5.8 5.8l1.7-2.1 4.3 1.6v2.7a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2z"/>"#
);
pub(crate) const BUILDING: &str = icon!(
    "24",
    r#"<path d="M4.5 20.5v-15a1.5 1.5 0 0 1 1.5-1.5h7a1.5 1.5 0 0 1 1.5 1.5v15M14.5 10H18a1.5 1.5 0 0 1 1.5 1.5v9M2.5 20.5h19M8 8h3M8 12h3M8 16h3"/>"#
);

pub(crate) const INBOUND: &str = icon!("17", r#"<path d="M18.5 5.5L6 18M6 9.5V18h8.5"/>"#);
pub(crate) const OUTBOUND: &str = icon!("17", r#"<path d="M5.5 18.5L18 6M9.5 6H18v8.5"/>"#);
pub(crate) const MISSED: &str = icon!("17", r#"<path d="M3.5 7l8 8 9-9M3.5 12.5V7H9"/>"#);
pub(crate) const RECORD: &str = icon!(
    "12",
    r#"<circle cx="12" cy="12" r="9"/><circle cx="12" cy="12" r="3.5" fill="currentColor"/>"#
);
