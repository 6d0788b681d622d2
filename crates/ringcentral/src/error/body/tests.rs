use super::*;
use crate::error::ErrorParameter;

#[rustfmt::skip]
#[test]
fn which_code_and_words_win() {
    let table = [
        // (body, code, symbol, oauth error, message, parameter, permission)
        ("an inner code over an outer word", r#"{"errorCode":"InsufficientPermissions","message":"outer","errors":[{"errorCode":"CMN-408","message":"inner","permissionName":"ReadCallLog"}]}"#, [Some("CMN-408"), Some("InsufficientPermissions"), None, Some("inner"), None, Some("ReadCallLog")]),
        ("what stands outside completes it", r#"{"errorCode":"CMN-102","message":"m","errors":[{"errorCode":"CMN-102"}],"parameterName":"messageId","permissionName":"p"}"#, [Some("CMN-102"), None, None, Some("m"), Some("messageId"), Some("p")]),
        ("and what stands inside", r#"{"errorCode":"SUB-524","message":"m","errors":[{"errorCode":"SUB-524","message":"n","parameterName":"address"}]}"#, [Some("SUB-524"), None, None, Some("m"), Some("address"), None]),
        ("two numbered codes: the outer", r#"{"errorCode":"CMN-101","message":"m","errors":[{"errorCode":"MSG-245","message":"n"}]}"#, [Some("CMN-101"), None, None, Some("m"), None, None]),
        ("the first inner one with a number", r#"{"errors":[{"message":"no code"},{"errorCode":"Odd","message":"o"},{"errorCode":"MSG-245","message":"n","parameterName":"from"}]}"#, [Some("MSG-245"), None, None, Some("n"), Some("from"), None]),
        ("only words: the inner", r#"{"errorCode":"Outer","errors":[{"errorCode":"Inner"}]}"#, [Some("Inner"), Some("Outer"), None, None, None, None]),
        ("nobody else's parameter", r#"{"errors":[{"errorCode":"A"},{"errorCode":"CMN-408"},{"errorCode":"CMN-101","parameterName":"other"}]}"#, [Some("CMN-408"), None, None, None, None, None]),
        ("OAuth", r#"{"error":"invalid_grant","error_description":"Token not found","errors":[{"errorCode":"OAU-213"}]}"#, [Some("OAU-213"), None, Some("invalid_grant"), Some("Token not found"), None, None]),
        ("only OAuth", r#"{"error":"service_unavailable"}"#, [None, None, Some("service_unavailable"), None, None, None]),
        ("SCIM", r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409","scimType":"uniqueness","detail":"taken"}"#, [Some("uniqueness"), None, None, Some("taken"), None, None]),
        ("a mark in front", "\u{feff}{\"errorCode\":\"CMN-102\"}", [Some("CMN-102"), None, None, None, None, None]),
        ("wrong types", r#"{"errorCode":17,"message":[],"errors":"no list"}"#, [None; 6]),
        ("wrong types inside", r#"{"errors":[null,1,"x",[],{}]}"#, [None; 6]),
        ("a list", "[1,2]", [None; 6]),
        ("HTML", "<html>502 Bad Gateway</html>", [None; 6]),
        ("cut off", r#"{"errorCode":"CMN-102","mess"#, [None; 6]),
        ("nothing", "", [None; 6]),
    ];
    for (name, body, expected) in table {
        let read = ApiBody::parse(body.as_bytes());
        let read = [
            &read.code,
            &read.symbol,
            &read.oauth_error,
            &read.message,
            &read.parameter,
            &read.permission,
        ];
        assert_eq!(read.map(Option::as_deref), expected, "{name}");
    }
}

#[test]
fn every_inner_error_is_kept_with_its_attributes() {
    let body = ApiBody::parse(
        br#"{"errorCode":"CMN-101","message":"m","parameterName":"from","errors":[
            {"errorCode":"CMN-101","message":"m","parameterName":"from","parameterValue":"+16505550100"},
            {"errorCode":"CMN-106","parameterMaxItemCount":50,"parameterRange":"1..50","parameters":[
                {"parameterName":"ids","parameterValue":51},{"parameterName":"ids","parameterValue":51},{"parameterName":"x"}]},
            {"errorCode":"CMN-408","permissionName":"ReadCallLog","parameterRange":{"min":1}},
            {}]}"#,
    );
    let parameter = |name: &str, value: Option<&str>| ErrorParameter {
        name: name.to_owned(),
        value: value.map(str::to_owned),
    };
    let detail = |code: &str| ErrorDetail {
        code: Some(code.to_owned()),
        ..ErrorDetail::default()
    };
    assert_eq!(
        body.details,
        [
            ErrorDetail {
                message: Some("m".to_owned()),
                parameters: vec![parameter("from", Some("+16505550100"))],
                ..detail("CMN-101")
            },
            ErrorDetail {
                parameters: vec![parameter("ids", Some("51")), parameter("x", None)],
                max_items: Some(50),
                range: Some("1..50".to_owned()),
                ..detail("CMN-106")
            },
            ErrorDetail {
                permission: Some("ReadCallLog".to_owned()),
                range: Some(r#"{"min":1}"#.to_owned()),
                ..detail("CMN-408")
            },
        ]
    );
    let alone = ApiBody::parse(br#"{"errorCode":"CMN-301","message":"Request rate exceeded"}"#);
    assert_eq!(alone.details.len(), 1, "one that has no list is its own");
}

#[test]
fn a_body_that_quotes_what_it_was_sent_gives_nothing_away() {
    let token = "U0pDMTFQMDFQQVMwMHxBQUNBS0VFUENBTkFSWQ~canary_canary-canary.canary";
    let body = format!(
        r#"{{"error":"{token}","error_description":"Token {token}, or '{token}', is not valid","errors":[
            {{"errorCode":"OAU-213","message":"{token}"}},
            {{"errorCode":"CMN-101","parameterName":"Refresh_Token","parameterValue":"canary"}},
            {{"errorCode":"CMN-101","parameterName":"to","parameterValue":"canary"}}]}}"#
    );
    let read = ApiBody::parse(body.as_bytes());
    assert_eq!(read.details[1].parameters[0].value, None);
    assert_eq!(read.details[2].parameters[0].value.as_deref(), Some("canary"));
    let printed = format!("{read:?} {read:#?}");
    assert!(!printed.contains("canary"), "{printed}");
    assert_eq!(
        shorten(&format!("Token {token}, or '{token}', is not valid")),
        "Token …, or '…', is not valid"
    );
    let kept = "Request 0f0f2a54-6a3e-4d0e-9f7e-1a2b3c4d5e6f of https://platform.ringcentral.com/restapi/v1.0/account/~/extension";
    assert_eq!(shorten(kept), kept, "ids and addresses are no tokens");
}

#[test]
fn long_and_odd_text_becomes_one_short_line() {
    assert_eq!(shorten("a\r\nb\u{1b}[31m\u{9b}"), "a  b [31m ");
    assert_eq!(shorten(&"é ".repeat(1_000)).chars().count(), LONGEST);
    let read = ApiBody::parse(b"{\"errorCode\":\"CMN-102\",\"message\":\"na\xefve\"}");
    assert_eq!(read.message.as_deref(), Some("na\u{fffd}ve"), "not UTF-8");
}

#[test]
fn a_huge_body_is_not_read_and_not_kept() {
    let huge = format!(
        r#"{{"errorCode":"CMN-102","message":"{}"}}"#,
        "x ".repeat(LARGEST)
    );
    let read = ApiBody::parse(huge.as_bytes());
    assert_eq!((read.code, read.raw.len()), (None, KEPT));
    let deep = "[".repeat(LARGEST);
    assert_eq!(ApiBody::parse(deep.as_bytes()).code, None);
}
