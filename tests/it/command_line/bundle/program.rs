//! Programs for Linux, made by hand: headers and tables, nothing that runs.

/// What stands in the headers; see the manual page elf(5).
#[derive(Debug, Clone, Copy)]
pub(super) struct Program {
    /// 1 for 32 bits, 2 for 64.
    pub(super) class: u8,
    /// 1 for little-endian, 2 for big-endian.
    pub(super) order: u8,
    pub(super) system: u8,
    pub(super) kind: u16,
    pub(super) machine: u16,
    pub(super) start: u64,
    pub(super) loader: Option<&'static str>,
    /// Needed versions with their flags, each of a library of its own.
    pub(super) versions: &'static [(&'static str, u16)],
    /// Any text that stands somewhere in the program.
    pub(super) marker: &'static str,
}

const HEADER: usize = 64;

impl Program {
    /// One that Lambda can run.
    pub(super) fn fine() -> Self {
        Self {
            class: 2,
            order: 1,
            system: 0,
            kind: 3,
            machine: 62,
            start: 0x1000,
            loader: Some("/lib64/ld-linux-x86-64.so.2"),
            versions: &[("GLIBC_2.34", 0)],
            marker: "AWS_LAMBDA_RUNTIME_API",
        }
    }

    /// The file. Its last bytes are its table of sections, as in real ones.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut content = self.marker.as_bytes().to_vec();
        let mut add = |bytes: &[u8]| {
            let begin = HEADER + content.len();
            content.extend(bytes);
            (begin as u64, bytes.len() as u64)
        };
        let (needed, names) = self.tables();
        let loader = self.loader.map(|path| add(format!("{path}\0").as_bytes()));
        let (needed, names) = (add(&needed), add(&names));

        let program_headers = loader.map(|(begin, length)| {
            let fields = [begin, 0, 0, length, length, 1];
            [&[3, 0, 0, 0, 4, 0, 0, 0], &longs(&fields)[..]].concat()
        });
        let programs = add(&program_headers.unwrap_or_default());
        let mut sections = section(0, (0, 0), 0);
        if !self.versions.is_empty() {
            sections.extend(section(0x6fff_fffe, needed, 2));
            sections.extend(section(3, names, 0));
        }
        let sections = add(&sections);

        let mut file = b"\x7fELF".to_vec();
        file.extend([self.class, self.order, 1, self.system]);
        file.extend([0; 8]);
        file.extend(self.kind.to_le_bytes());
        file.extend(self.machine.to_le_bytes());
        file.extend(1u32.to_le_bytes());
        file.extend(longs(&[self.start, programs.0, sections.0]));
        file.extend(0u32.to_le_bytes());
        let count = |length: u64, size: u64| u16::try_from(length / size).unwrap();
        for short in [64, 56, count(programs.1, 56), 64, count(sections.1, 64), 0] {
            file.extend(short.to_le_bytes());
        }
        assert_eq!(file.len(), HEADER);
        file.extend(content);
        file
    }

    /// The section of needed versions, and that of their names.
    fn tables(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut needed, mut names) = (Vec::new(), vec![0]);
        for (index, (name, flags)) in self.versions.iter().enumerate() {
            let last = index + 1 == self.versions.len();
            needed.extend([1, 0, 1, 0]);
            for part in [0, 16, if last { 0 } else { 32 }, 0] {
                needed.extend(u32::to_le_bytes(part));
            }
            needed.extend(flags.to_le_bytes());
            needed.extend([2, 0]);
            for part in [u32::try_from(names.len()).unwrap(), 0] {
                needed.extend(part.to_le_bytes());
            }
            names.extend(name.as_bytes());
            names.push(0);
        }
        (needed, names)
    }
}

fn section(kind: u32, (begin, length): (u64, u64), link: u32) -> Vec<u8> {
    let mut header = 0u32.to_le_bytes().to_vec();
    header.extend(kind.to_le_bytes());
    header.extend(longs(&[0, 0, begin, length]));
    header.extend(link.to_le_bytes());
    header.extend(1u32.to_le_bytes());
    header.extend(longs(&[1, 0]));
    header
}

fn longs(numbers: &[u64]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}
