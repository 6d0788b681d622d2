use super::*;

fn parse(text: &str) -> Result<ConfigFile, ConfigFileError> {
    ConfigFile::parse(PathBuf::from("config.toml"), text)
}

fn name(text: &str) -> ProfileName {
    ProfileName::parse(text).unwrap()
}

#[test]
fn names_that_could_leave_their_directory_are_refused() {
    for good in ["default", "work", "work-2", "a.b_c", &"x".repeat(64)] {
        assert!(ProfileName::parse(good).is_some(), "{good}");
    }
    for bad in [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        "-x",
        ".x",
        "a b",
        "é",
        &"x".repeat(65),
    ] {
        assert!(ProfileName::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn profiles_are_read() {
    let config = parse(
        "default_profile = \"work\"\n[profiles.work]\nserver = \"https://a.example.com\"\nclient_id = \"x\"\n",
    )
    .unwrap();
    assert_eq!(config.default_profile, Some(name("work")));
    assert_eq!(config.profiles[&name("work")]["client_id"], "x");
}

#[test]
fn problems_name_the_key_and_never_the_value() {
    for (text, expected) in [
        ("x = [\n\"CANARY", "config.toml, line 2: this is not TOML"),
        ("other = \"CANARY\"", "config.toml: `other` is not a setting"),
        (
            "profiles = \"CANARY\"",
            "config.toml: `profiles` has a value of the wrong type; write a heading such as [profiles.work]",
        ),
        (
            "[profiles]\na = \"CANARY\"",
            "config.toml: `profiles.a` has a value of the wrong type; write a heading such as [profiles.work]",
        ),
        (
            "[profiles.\"../a\"]",
            "config.toml: `profiles.../a` is not a profile's name (letters, digits, `-`, `_`, `.`; at most 64)",
        ),
        (
            "[profiles.a]\nservr = \"CANARY\"",
            "config.toml: `profiles.a.servr` is not a setting",
        ),
        (
            "[profiles.a]\nextension = 101",
            "config.toml: `profiles.a.extension` has a value of the wrong type; it is text in quotes",
        ),
        (
            "[profiles.a]\nclient_secret = \"CANARY\"",
            "config.toml: `profiles.a.client_secret` would keep a secret in a file that is made to be shared",
        ),
        (
            "default_profile = 1",
            "config.toml: `default_profile` has a value of the wrong type; it is a profile's name in quotes",
        ),
    ] {
        let error = parse(text)
            .err()
            .unwrap_or_else(|| panic!("{text:?} should be refused"));
        assert_eq!(error.to_string(), expected, "{text:?}");
        assert!(!format!("{error:?}").contains("CANARY"));
    }
}

#[test]
fn adding_and_removing_leaves_the_rest_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let mine = "# my settings\n[profiles.mine]\nclient_id = \"a\" # keep\n";
    fs::write(directory.path().join("config.toml"), mine).unwrap();
    let profile = Profile::from([("client_id".to_owned(), "with \"quotes\"".to_owned())]);
    for added in ["work", "work.eu"] {
        ConfigFile::read(directory.path())
            .unwrap()
            .add(&name(added), &profile)
            .unwrap();
        let config = ConfigFile::read(directory.path()).unwrap();
        assert_eq!(config.profiles[&name(added)], profile);
        assert!(config.remove(&name(added)).unwrap());
        let text = fs::read_to_string(directory.path().join("config.toml")).unwrap();
        assert_eq!(text.trim_end(), mine.trim_end());
    }
}

#[test]
fn a_profile_written_in_another_way_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let text = "profiles = { work = { client_id = \"a\" } }\n";
    fs::write(directory.path().join("config.toml"), text).unwrap();
    let config = ConfigFile::read(directory.path()).unwrap();
    assert!(!config.remove(&name("work")).unwrap());
    assert_eq!(
        fs::read_to_string(directory.path().join("config.toml")).unwrap(),
        text
    );
}

#[test]
fn no_file_is_an_empty_one_and_the_first_profile_makes_it() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("deeper");
    let config = ConfigFile::read(&place).unwrap();
    assert!(config.profiles.is_empty());
    config.add(&name("work"), &Profile::new()).unwrap();
    assert!(
        ConfigFile::read(&place)
            .unwrap()
            .profiles
            .contains_key(&name("work"))
    );
}
