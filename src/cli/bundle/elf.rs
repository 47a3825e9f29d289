//! As much of a Linux program's headers as tells where it can run (manual page elf(5)).

/// What Lambda has (page "Selecting and configuring an instruction set architecture").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Machine {
    X86_64,
    Arm64,
}

/// A program for Linux on one of these machines.
#[derive(Debug)]
pub(super) struct Elf {
    pub(super) machine: Machine,
    /// The newest version of glibc that it cannot do without, such as `[2, 34]`; `None` when it asks for none.
    pub(super) glibc: Option<Vec<u32>>,
    /// What starts it; `None` for a static program, which starts by itself.
    pub(super) loader: Option<String>,
}

/// Its headers lead beyond its end.
struct Damaged;

impl From<Damaged> for String {
    fn from(_: Damaged) -> Self {
        "a program that is cut short or damaged: its headers lead beyond its end".to_owned()
    }
}

/// Kinds of program headers and section headers, and what marks a version as dispensable.
const LOADER: u64 = 3;
const NEEDED_VERSIONS: u64 = 0x6fff_fffe;
const WEAK: u64 = 2;

impl Elf {
    /// # Errors
    /// What it is instead: "a script".
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let [0x7f, b'E', b'L', b'F', class, order, _, system, ..] = bytes else {
            return Err(other(bytes).to_owned());
        };
        if *class != 2 {
            return Err("a 32-bit program, and Lambda has 64-bit machines only".to_owned());
        }
        if *order != 1 {
            return Err("a big-endian program, and Lambda has x86_64 and arm64 only".to_owned());
        }
        // 0 is what Linux programs say as a rule, 3 what those say that use a speciality of it.
        if !matches!(system, 0 | 3) {
            return Err(format!(
                "a program for another system than Linux (ELF names it {system})"
            ));
        }
        let machine = match number(bytes, 18, 2)? {
            62 => Machine::X86_64,
            183 => Machine::Arm64,
            other => {
                return Err(format!(
                    "a program for another machine than x86_64 and arm64 (ELF names it {other})"
                ));
            }
        };
        let kind = number(bytes, 16, 2)?;
        let start = number(bytes, 24, 8)?;
        if !matches!(kind, 2 | 3) || start == 0 {
            return Err("a part of a program or a library, which cannot be started".to_owned());
        }
        Ok(Self {
            machine,
            glibc: glibc(bytes)?,
            loader: loader(bytes)?,
        })
    }
}

/// What people might take for a Linux program.
fn other(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "an empty file",
        [b'M', b'Z', ..] => "a program for Windows",
        // In either byte order, 32 and 64 bits, and for several machines in one file.
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..]
        | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..]
        | [0xca, 0xfe, 0xba, 0xbe, ..] => "a program for macOS",
        [b'#', b'!', ..] => "a script",
        [b'P', b'K', 3, 4, ..] => "a zip, and not the program in it",
        _ => "no program for Linux (ELF)",
    }
}

fn loader(bytes: &[u8]) -> Result<Option<String>, Damaged> {
    for header in headers(bytes, 32, 54)? {
        if number(header, 0, 4)? == LOADER {
            return Ok(Some(text(content(bytes, header, 8)?, 0)?));
        }
    }
    Ok(None)
}

fn glibc(bytes: &[u8]) -> Result<Option<Vec<u32>>, Damaged> {
    let sections = headers(bytes, 40, 58)?;
    let mut newest = None;
    for section in &sections {
        if number(section, 4, 4)? == NEEDED_VERSIONS {
            let names = sections
                .get(index(number(section, 40, 4)?)?)
                .ok_or(Damaged)?;
            let names = needed(content(bytes, section, 24)?, content(bytes, names, 24)?)?;
            newest = newest.max(names.iter().filter_map(|name| version(name)).max());
        }
    }
    Ok(newest)
}

/// The names of versions in a section of needed ones: for each library a list.
fn needed(section: &[u8], names: &[u8]) -> Result<Vec<String>, Damaged> {
    let mut found = Vec::new();
    let mut library = 0;
    loop {
        let mut item = library + number(section, library + 8, 4)?;
        loop {
            if number(section, item + 4, 2)? & WEAK == 0 {
                found.push(text(names, number(section, item + 8, 4)?)?);
            }
            match number(section, item + 12, 4)? {
                0 => break,
                distance => item += distance,
            }
        }
        match number(section, library + 12, 4)? {
            0 => return Ok(found),
            distance => library += distance,
        }
    }
}

/// Of a name such as `GLIBC_2.34`; other libraries have other names.
fn version(name: &str) -> Option<Vec<u32>> {
    match name.strip_prefix("GLIBC_")? {
        // Relative relocations in short, which glibc reads since then.
        "ABI_DT_RELR" => Some(vec![2, 36]),
        dotted => dotted.split('.').map(|part| part.parse().ok()).collect(),
    }
}

/// A table of headers. In the header of the file, `begin` is where its begin stands, and `size` where the size of one stands,
/// which their number follows.
fn headers(bytes: &[u8], begin: u64, size: u64) -> Result<Vec<&[u8]>, Damaged> {
    let begin = number(bytes, begin, 8)?;
    let (size, count) = (number(bytes, size, 2)?, number(bytes, size + 2, 2)?);
    (0..count)
        .map(|index| part(bytes, begin.saturating_add(index * size), size))
        .collect()
}

/// What a header points at. The length is at the same place in both tables, the begin is not.
fn content<'a>(bytes: &'a [u8], header: &[u8], begin: u64) -> Result<&'a [u8], Damaged> {
    part(bytes, number(header, begin, 8)?, number(header, 32, 8)?)
}

/// Up to the zero that ends it.
fn text(bytes: &[u8], at: u64) -> Result<String, Damaged> {
    let rest = bytes.get(index(at)?..).ok_or(Damaged)?;
    let end = rest.iter().position(|byte| *byte == 0).ok_or(Damaged)?;
    Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
}

/// Little-endian.
fn number(bytes: &[u8], at: u64, width: u64) -> Result<u64, Damaged> {
    let digits = part(bytes, at, width)?.iter().rev();
    Ok(digits.fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn part(bytes: &[u8], at: u64, length: u64) -> Result<&[u8], Damaged> {
    let end = at.checked_add(length).ok_or(Damaged)?;
    bytes.get(index(at)?..index(end)?).ok_or(Damaged)
}

fn index(number: u64) -> Result<usize, Damaged> {
    usize::try_from(number).map_err(|_| Damaged)
}
