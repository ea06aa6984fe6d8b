//! Where the password comes from: `--password-file`.

use crate::run::{Server, sip};

#[test]
fn the_password_is_the_first_line_of_a_file() {
    let server = Server::start();
    let folder = std::env::temp_dir().join(format!("sip-password-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("password");
    let named = file.to_str().unwrap();
    std::fs::write(&file, "secret\nanother line\n").unwrap();
    assert!(server.register(&["--password-file", named], b"").starts_with("registered"));
    std::fs::write(&file, "wrong\n").unwrap();
    let refused = server.register(&["--password-file", named], b"");
    assert!(refused.contains("wrong username or password") && refused.ends_with("exit 4\n"), "{refused}");
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(server.register(&["--password-file", "-"], b"secret\n").starts_with("registered"));
    let missing = server.register(&["--password-file", named], b"");
    assert!(missing.contains("cannot read") && missing.ends_with("exit 2\n"), "{missing}");
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let refused = Server::start().register(&[], b"secret\n");
    assert!(refused.contains("no account for the realm") && refused.ends_with("exit 4\n"), "{refused}");
}

#[test]
fn a_password_comes_from_one_place() {
    let shown = sip(&["register", "--aor", "sip:a@b", "--password", "x", "--password-file", "y"]);
    assert!(shown.contains("cannot be used with") && shown.ends_with("exit 2\n"), "{shown}");
}
