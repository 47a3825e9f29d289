//! Whom TLS trusts, on Linux: the roots that reqwest finds, from the same places, with a sixth of the work.
//!
//! Bundles look the same on nearly every machine, and those are read here. Whatever is different in the least leaves all of it
//! to reqwest (rustls-native-certs), which forgives much: so nobody is trusted here who would not be trusted there, and nobody
//! is left out.

use std::collections::HashSet;
use std::env;
use std::fs::{self, File, Metadata};
use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::engine::general_purpose::PAD;
use base64::engine::{Engine, Simd};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::{ALL_VERSIONS, ClientConfig, RootCertStore};

/// Characters of base64 in a line, but for the last one of a block.
const LINE: usize = 64;

/// TLS as reqwest sets it up by itself, with the provider of this process. `None` if that is better left to reqwest, also when
/// there is no root at all.
pub(super) fn tls() -> Option<ClientConfig> {
    let (file, directories) = places();
    let mut roots = RootCertStore::empty();
    // What is no certificate does no harm to the others, as in reqwest.
    read(file.as_deref(), &directories, |certificate| {
        let _ = roots.add(certificate);
    })?;
    if roots.is_empty() {
        return None;
    }
    let provider = Arc::clone(CryptoProvider::get_default()?);
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(ALL_VERSIONS)
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some(tls)
}

/// A bundle and directories: those that the environment names, or else the system's.
fn places() -> (Option<PathBuf>, Vec<PathBuf>) {
    let file = env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let mut directories = Vec::new();
    if let Some(paths) = env::var_os("SSL_CERT_DIR") {
        directories.extend(env::split_paths(&paths).filter(|path| !path.as_os_str().is_empty()));
    }
    if file.is_some() || !directories.is_empty() {
        return (file, directories);
    }
    let system = openssl_probe::probe();
    (system.cert_file, system.cert_dir)
}

/// Gives each certificate there to `found`, some perhaps twice. `None` if not everything is as it usually is.
fn read(
    file: Option<&Path>,
    directories: &[PathBuf],
    mut found: impl FnMut(CertificateDer<'_>),
) -> Option<()> {
    let base64 = Simd::standard(PAD);
    // Directories are full of links, to each other and to the bundle.
    let mut seen = HashSet::new();
    let mut is_new = |metadata: &Metadata| seen.insert((metadata.dev(), metadata.ino()));
    if let Some(file) = file {
        let metadata = fs::metadata(file).ok()?;
        // A pipe can be read once only.
        if !metadata.is_file() {
            return None;
        }
        is_new(&metadata);
        read_bundle(File::open(file).ok()?, &base64, &mut found)?;
    }
    for directory in directories {
        for entry in fs::read_dir(directory).ok()? {
            let path = entry.ok()?.path();
            let metadata = match fs::metadata(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                metadata => metadata.ok()?,
            };
            if metadata.is_file() && is_new(&metadata) {
                read_bundle(File::open(path).ok()?, &base64, &mut found)?;
            }
        }
    }
    Some(())
}

/// Reads blocks of PEM (RFC 7468), between which other lines and blocks of other kinds may stand. Piece by piece: each page of
/// memory that a process has not touched before costs more than what is read into it.
fn read_bundle(
    file: File,
    base64: &Simd,
    found: &mut impl FnMut(CertificateDer<'_>),
) -> Option<()> {
    let mut reader = BufReader::new(file);
    let [mut line, mut body, mut end] = [(); 3].map(|()| Vec::new());
    let (mut joined, mut der) = (Vec::new(), Vec::new());
    while read_until(&mut reader, b'\n', &mut line)? > 0 {
        // Would end a line too.
        if line.contains(&b'\r') {
            return None;
        }
        let Some(label) = line.strip_prefix(b"-----BEGIN ") else {
            continue;
        };
        let label = label.strip_suffix(b"-----\n")?;
        read_until(&mut reader, b'-', &mut body)?;
        read_until(&mut reader, b'\n', &mut end)?;
        let body = body.strip_suffix(b"-")?;
        let end = end.strip_suffix(b"\n").unwrap_or(&end);
        let end = end.strip_prefix(b"----END ")?.strip_suffix(b"-----")?;
        let in_line = !body.is_empty() && !body.ends_with(b"\n");
        if end != label || label.contains(&b'-') || in_line {
            return None;
        }
        if label != b"CERTIFICATE" {
            continue;
        }
        joined.clear();
        for line in body.chunks(LINE + 1) {
            joined.extend_from_slice(line.strip_suffix(b"\n")?);
        }
        der.clear();
        base64.decode_vec(&joined, &mut der).ok()?;
        found(CertificateDer::from(der.as_slice()));
    }
    Some(())
}

/// Reads what comes next, as far as this byte. How much that is.
fn read_until(reader: &mut impl BufRead, end: u8, into: &mut Vec<u8>) -> Option<usize> {
    into.clear();
    reader.read_until(end, into).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use fastrand::Rng;
    use rcgen::{KeyPair, generate_simple_self_signed};
    use rustls_native_certs::load_certs_from_paths;

    use super::*;

    fn certificate() -> String {
        let certified = generate_simple_self_signed(["example.org".to_owned()]).unwrap();
        certified.cert.pem()
    }

    fn all(file: Option<&Path>, directories: &[PathBuf]) -> Option<Vec<CertificateDer<'static>>> {
        let mut found = Vec::new();
        read(file, directories, |certificate| {
            found.push(certificate.into_owned());
        })?;
        found.sort_unstable_by(|one, other| one.cmp(other));
        found.dedup();
        Some(found)
    }

    /// What is read from a bundle here, which must be what reqwest would read, and how many of its certificates that are.
    #[track_caller]
    fn read_like_reqwest(folder: &Path, bundle: &[u8]) -> Option<usize> {
        let file = folder.join("bundle.pem");
        fs::write(&file, bundle).unwrap();
        let found = all(Some(&file), &[])?;
        let expected = load_certs_from_paths(Some(&file), None).certs;
        assert_eq!(found, expected, "{}", bundle.escape_ascii());
        Some(found.len())
    }

    #[test]
    fn finds_what_reqwest_finds_or_leaves_it_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = [certificate(), certificate()];
        let trusted = one.replace(" CERTIFICATE-", " TRUSTED CERTIFICATE-");
        let key = KeyPair::generate().unwrap().serialize_pem();
        let line = one.lines().nth(1).unwrap();
        for (what, bundle, count) in [
            ("nothing", String::new(), Some(0)),
            ("text", "No certificates here.\n".to_owned(), Some(0)),
            ("two", format!("{one}{two}"), Some(2)),
            ("one twice", format!("{one}{one}"), Some(1)),
            ("no last line end", one.trim_end().to_owned(), Some(1)),
            (
                "comments and blank lines",
                format!("# Ünë - ----- BEGIN\n\n{one}\n\nOne\n=====\n{two}\n# End"),
                Some(2),
            ),
            ("other kinds", format!("{trusted}{one}{key}{two}"), Some(2)),
            ("no certificate", trusted.clone(), Some(0)),
            (
                "an empty block",
                one.replace(one.lines().nth(1).unwrap(), ""),
                None,
            ),
            ("CRLF", format!("{one}{two}").replace('\n', "\r\n"), None),
            ("CR", format!("{one}{two}").replace('\n', "\r"), None),
            (
                "no line end between",
                format!("{}{two}", one.trim_end()),
                None,
            ),
            ("no line end before", format!("text {one}{two}"), Some(1)),
            (
                "spaces behind",
                format!("{one}{two}").replace('\n', " \n"),
                None,
            ),
            ("indented", one.replace(line, &format!(" {line}")), None),
            ("broken", format!("{}{two}", one.replace(line, "!")), None),
            (
                "shortened",
                format!("{}{two}", one.replace(line, "MIIB")),
                None,
            ),
            (
                "padded within",
                one.replace(line, &format!("{}=", &line[1..])),
                None,
            ),
            ("no end", format!("{one}{}", &two[..two.len() - 8]), None),
            (
                "end of another kind",
                one.replace("END ", "END X509 "),
                None,
            ),
            (
                "begun twice",
                format!("-----BEGIN CERTIFICATE-----\n{one}"),
                None,
            ),
        ] {
            let found = read_like_reqwest(folder.path(), bundle.as_bytes());
            assert_eq!(found, count, "{what}");
        }
        assert_eq!(read_like_reqwest(folder.path(), b"# \xff\n"), Some(0));
        assert_eq!(all(Some(&folder.path().join("missing.pem")), &[]), None);
        assert_eq!(all(None, &[folder.path().join("missing")]), None);
        // Would be read here, and be empty for whoever comes then.
        assert_eq!(all(Some(Path::new("/dev/null")), &[]), None);
    }

    #[test]
    fn of_a_damaged_bundle_it_finds_what_reqwest_finds_or_leaves_it_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = format!("# One\n{}\n{}# End\n", certificate(), certificate());
        let pieces = [
            "\n",
            "\r",
            "-",
            " ",
            "=",
            "A",
            "-----",
            "-----BEGIN ",
            "-----END ",
            "CERTIFICATE",
            "-----\n",
        ];
        let mut random = Rng::with_seed(1);
        let mut counts = [0; 3];
        for _ in 0..1000 {
            let mut damaged = bundle.clone();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(..damaged.len());
                let end = at + random.usize(..4).min(damaged.len() - at);
                let piece = random.choice(pieces).unwrap();
                damaged.replace_range(at..end, piece);
            }
            let found = read_like_reqwest(folder.path(), damaged.as_bytes());
            counts[found.map_or(0, |count| count.min(2))] += 1;
        }
        assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    }

    #[test]
    fn finds_in_directories_what_reqwest_finds() {
        let [bundle, named] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [one, two, three] = [(); 3].map(|()| certificate());
        let file = bundle.path().join("bundle.pem");
        fs::write(&file, format!("{one}{two}")).unwrap();
        let directory = named.path();
        fs::write(directory.join("three.pem"), &three).unwrap();
        fs::write(directory.join("copy.pem"), &one).unwrap();
        fs::create_dir(directory.join("private")).unwrap();
        for (target, name) in [
            (Path::new("three.pem"), "01234567.0"),
            (&file, "bundle.crt"),
            (Path::new("gone.pem"), "89abcdef.0"),
            (directory, "again"),
        ] {
            symlink(target, directory.join(name)).unwrap();
        }
        for file in [None, Some(file.as_path())] {
            let found = all(file, &[directory.to_owned()]).unwrap();
            assert_eq!(found.len(), 3);
            assert_eq!(found, load_certs_from_paths(file, Some(directory)).certs);
        }
        let both = [directory, bundle.path()].map(Path::to_owned);
        assert_eq!(all(None, &both).unwrap().len(), 3);
        fs::write(directory.join("odd.pem"), three.replace('\n', "\r\n")).unwrap();
        assert_eq!(all(None, &both), None);
    }
}
