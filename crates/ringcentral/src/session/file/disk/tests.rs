use std::cell::RefCell;

use super::*;

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn at_every_step_the_file_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::at(dir.path().join("tokens.json"));
    let content = |path: &Path| fs::read_to_string(path).unwrap();
    disk.replace(b"old", Old::Overwritten, |_| {}).unwrap();
    let seen = RefCell::new(Vec::new());
    disk.replace(b"new", Old::Overwritten, |step| {
        let temporary = names(dir.path())
            .into_iter()
            .find(|name| name.starts_with("tokens.json.new-"));
        let temporary = temporary.map(|name| content(&dir.path().join(name)));
        seen.borrow_mut().push((step, content(disk.path()), temporary));
    })
    .unwrap();
    let row =
        |step, file: &str, temporary: Option<&str>| (step, file.to_owned(), temporary.map(str::to_owned));
    assert_eq!(
        seen.into_inner(),
        [
            row("writing", "old", Some("")),
            row("written", "old", Some("new")),
            row("synced", "old", Some("new")),
            row("renamed", "new", None),
        ]
    );
    assert_eq!(names(dir.path()), ["tokens.json"]);
}

#[test]
fn what_a_killed_writer_left_is_removed_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let others = [
        "tokens.json.newer",
        "tokens.json2.new-a",
        "a.tokens.json.new-a",
        "tokens.json.damaged-1",
    ];
    for name in others
        .into_iter()
        .chain(["tokens.json.new-", "tokens.json.new-abc"])
    {
        fs::write(dir.path().join(name), "x").unwrap();
    }
    Disk::at(dir.path().join("tokens.json"))
        .replace(b"new", Old::Overwritten, |_| {})
        .unwrap();
    let mut left: Vec<_> = others.to_vec();
    left.push("tokens.json");
    left.sort_unstable();
    assert_eq!(names(dir.path()), left);
}

#[test]
fn what_is_set_aside_comes_after_all_that_was() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::at(dir.path().join("t"));
    for name in ["t.damaged-1000", "t.damaged-x", "t.damaged-"] {
        fs::write(dir.path().join(name), name).unwrap();
    }
    for n in 1001..=1003 {
        disk.replace(n.to_string().as_bytes(), Old::Overwritten, |_| {})
            .unwrap();
        if n == 1002 {
            disk.replace(b"new", Old::KeptBeside, |_| {}).unwrap();
            assert_eq!(fs::read(disk.path()).unwrap(), b"new");
        } else {
            disk.set_aside().unwrap();
            assert!(!disk.path().exists());
        }
        assert_eq!(
            fs::read_to_string(dir.path().join(format!("t.damaged-{n}"))).unwrap(),
            n.to_string()
        );
    }
    assert_eq!(
        fs::read_to_string(dir.path().join("t.damaged-1000")).unwrap(),
        "t.damaged-1000"
    );
}

#[test]
fn a_lock_file_that_was_removed_guards_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::at(dir.path().join("t"));
    let path = disk.beside(".lock");
    let open = disk.open_companion(&path).unwrap();
    assert!(is_still_at(&open, &path));
    fs::remove_file(&path).unwrap();
    assert!(!is_still_at(&open, &path));
    let lock = disk.try_lock().unwrap().unwrap();
    assert!(!is_still_at(&open, &path), "another file of the same name");
    assert!(disk.try_lock().unwrap().is_none());
    drop(lock);
    assert!(disk.try_lock().unwrap().is_some());
}

#[test]
fn a_relative_path_is_fixed_where_the_program_is_now() {
    assert!(Disk::at("tokens.json".into()).path().is_absolute());
}

#[test]
fn a_file_that_no_login_fits_into_is_not_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Disk::at(dir.path().join("t"));
    disk.replace(b"", Old::Overwritten, |_| {}).unwrap();
    File::options()
        .write(true)
        .open(disk.path())
        .unwrap()
        .set_len(LARGEST * 4096)
        .unwrap();
    assert_eq!(disk.read().unwrap().unwrap().len() as u64, LARGEST);
}
