//! How the page is looked at, as the query of its URL says: a bookmark keeps it.

use url::form_urlencoded;

/// Theme, width and tab. What is not one of the words below is as if it were not said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct View {
    /// None: as the reader's system has it.
    pub(super) theme: Option<&'static str>,
    pub(super) width: Option<&'static str>,
    pub(super) tab: Option<&'static str>,
}

/// `theme`: word, label.
pub(super) const THEMES: [(&str, &str); 2] = [("light", "Light"), ("dark", "Dark")];
/// `width`.
pub(super) const WIDTHS: [(&str, &str); 2] = [("desktop", "Desktop"), ("phone", "Phone")];
/// `tab`.
pub(super) const TABS: [(&str, &str); 5] = [
    ("event", "Event"),
    ("context", "Context"),
    ("payload", "Payload"),
    ("decision", "Decision"),
    ("limits", "Limits"),
];

impl View {
    /// Of a query; other names in it are for others.
    pub(super) fn of(query: &str) -> Self {
        let mut view = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "theme" => view.theme = word(&THEMES, &value),
                "width" => view.width = word(&WIDTHS, &value),
                "tab" => view.tab = word(&TABS, &value),
                _ => {}
            }
        }
        view
    }

    /// With the `?`, or nothing when nothing is chosen.
    pub(super) fn query(self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs() {
            query.append_pair(name, value);
        }
        match query.finish() {
            query if query.is_empty() => query,
            query => format!("?{query}"),
        }
    }

    /// What is chosen: name, word.
    pub(super) fn pairs(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let all = [
            ("theme", self.theme),
            ("width", self.width),
            ("tab", self.tab),
        ];
        all.into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
    }
}

fn word(words: &[(&'static str, &str)], value: &str) -> Option<&'static str> {
    let mut words = words.iter();
    words.find_map(|(word, _)| (*word == value).then_some(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_what_is_known_and_nothing_else() {
        for (query, expected) in [
            ("", ""),
            ("theme=dark", "?theme=dark"),
            ("tab=limits&width=phone", "?width=phone&tab=limits"),
            ("theme=%22%3E&tab=x&q=alarm&&=", ""),
            ("theme=light&theme=dark", "?theme=dark"),
        ] {
            assert_eq!(View::of(query).query(), expected, "{query}");
        }
    }
}
