//! What kind of file it is, by the end of its name: what the platform takes as fax, MMS, picture or greeting.

use std::path::Path;

/// Says nothing; the platform refuses it in most places.
pub(crate) const UNKNOWN: &str = "application/octet-stream";

/// Extensions in lower case, and the names that the platform's lists use.
const TYPES: &[(&str, &str)] = &[
    ("3gp", "video/3gpp"),
    ("3gpp", "video/3gpp"),
    ("avi", "video/msvideo"),
    ("bmp", "image/bmp"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mpeg", "video/mpeg"),
    ("mpg", "video/mpeg"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    ("psd", "image/vnd.adobe.photoshop"),
    ("rtf", "application/rtf"),
    ("svg", "image/svg+xml"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("txt", "text/plain"),
    ("vcf", "text/vcard"),
    ("vsd", "application/vnd.visio"),
    ("wav", "audio/wav"),
    ("wpd", "application/vnd.wordperfect"),
    ("xls", "application/vnd.ms-excel"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// The media type of a file with this name.
pub(crate) fn of(name: &Path) -> &'static str {
    let Some(extension) = name.extension().and_then(|extension| extension.to_str()) else {
        return UNKNOWN;
    };
    let extension = extension.to_ascii_lowercase();
    TYPES
        .binary_search_by_key(&extension.as_str(), |(known, _)| known)
        .map_or(UNKNOWN, |at| TYPES[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_so_that_each_row_is_found() {
        for (extension, media_type) in TYPES {
            assert_eq!(of(Path::new(&format!("a.{extension}"))), *media_type);
        }
    }

    #[test]
    fn names() {
        for (name, media_type) in [
            ("scan.PDF", "application/pdf"),
            ("dir.png/scan.tar.gz", "application/gzip"),
            ("photo.JPeg", "image/jpeg"),
            ("no extension", UNKNOWN),
            (".pdf", UNKNOWN),
            ("a.unheard", UNKNOWN),
            ("a.", UNKNOWN),
        ] {
            assert_eq!(of(Path::new(name)), media_type, "{name}");
        }
    }
}
