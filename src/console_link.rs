//! Links into the AWS console, built from parsed parts and percent-encoded once.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use url::{Position, Url};

use crate::arn::Arn;

/// Everything but the unreserved characters of RFC 3986. AWS's own alarm e-mails encode once and so.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The domain of the console of each partition. The `aws-iso` partitions are missing on purpose: no link is better than a
/// guessed one.
const DOMAINS: [(&str, &str); 4] = [
    ("aws", "console.aws.amazon.com"),
    ("aws-cn", "console.amazonaws.cn"),
    ("aws-us-gov", "console.amazonaws-us-gov.com"),
    ("aws-eusc", "console.amazonaws-eusc.eu"),
];

/// The console of one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Console<'r> {
    domain: &'static str,
    region: &'r str,
}

impl<'r> Console<'r> {
    /// `None` for a partition whose console we do not know, and for what is no region (`global`).
    pub fn new(partition: &str, region: &'r str) -> Option<Self> {
        let (_, domain) = DOMAINS.iter().find(|(name, _)| *name == partition)?;
        is_region(region).then_some(Self { domain, region })
    }

    /// The console of the region that an ARN names.
    pub fn of_arn(arn: Arn<'r>) -> Option<Self> {
        Self::new(arn.partition, arn.region?)
    }

    /// The console of a region, in the partition of an ARN near it, else of the topic. A message that came raw through a
    /// queue has no topic: then the region's name tells the partition. Without a region, the ARN's or the topic's.
    pub fn near(
        region: Option<&'r str>,
        arn: Option<Arn<'r>>,
        topic: Option<Arn<'r>>,
    ) -> Option<Self> {
        let region_of = |arn: Option<Arn<'r>>| arn.and_then(|arn| arn.region);
        let region = region
            .or_else(|| region_of(arn))
            .or_else(|| region_of(topic))?;
        let partition = arn
            .or(topic)
            .map_or_else(|| partition_of(region), |arn| Some(arn.partition))?;
        Self::new(partition, region)
    }

    /// An alarm.
    pub fn alarm(&self, name: &str) -> String {
        let Self { domain, region } = self;
        let name = Cow::from(encode(name));
        [
            "https://",
            region,
            ".",
            domain,
            "/cloudwatch/home?region=",
            region,
            "#alarmsV2:alarm/",
            &name,
        ]
        .concat()
    }

    /// An AWS Config rule.
    pub fn config_rule(&self, name: &str) -> String {
        let Self { domain, region } = self;
        let name = encode(name);
        format!(
            "https://{region}.{domain}/config/home?region={region}#/rules/details?configRuleName={name}"
        )
    }

    /// The timeline of a resource in AWS Config; `None` for the account itself, which has none.
    pub fn config_timeline(&self, resource_type: &str, resource_id: &str) -> Option<String> {
        let Self { domain, region } = self;
        if resource_type == "AWS::::Account" {
            return None;
        }
        let (resource_type, resource_id) = (encode(resource_type), encode(resource_id));
        Some(format!(
            "https://{region}.{domain}/config/home?region={region}#/resources/timeline?resourceId={resource_id}&resourceType={resource_type}"
        ))
    }

    /// A pipeline.
    pub fn pipeline(&self, name: &str) -> String {
        let Self { domain, region } = self;
        let name = encode(name);
        format!(
            "https://{region}.{domain}/codesuite/codepipeline/pipelines/{name}/view?region={region}"
        )
    }

    /// One execution of a pipeline.
    pub fn pipeline_execution(&self, name: &str, execution: &str) -> String {
        let Self { domain, region } = self;
        let (name, execution) = (encode(name), encode(execution));
        format!(
            "https://{region}.{domain}/codesuite/codepipeline/pipelines/{name}/executions/{execution}/timeline?region={region}"
        )
    }

    /// An object in S3.
    pub fn s3_object(&self, bucket: &str, key: &str) -> String {
        let Self { domain, region } = self;
        let (bucket, key) = (encode(bucket), encode(key));
        format!("https://{region}.{domain}/s3/object/{bucket}?region={region}&prefix={key}")
    }
}

/// A link that AWS is said to have sent: kept only when it leads to a console over https. Anybody with `sns:Publish` can
/// send a message that looks like one of AWS's.
pub fn trusted(url: &str) -> Option<String> {
    let parsed = Url::parse(url).ok()?;
    let host = parsed.host_str()?;
    let known = DOMAINS.iter().any(|(_, domain)| {
        host == *domain
            || host
                .strip_suffix(domain)
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(is_region)
    });
    let plain =
        parsed.username().is_empty() && parsed.password().is_none() && parsed.port().is_none();
    // AWS's links have none of these; a URL that would need mending is not one of AWS's.
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>|\"\\`".contains(c);
    let whole = url.starts_with(&parsed[..Position::BeforePath]) && !url.contains(odd);
    (parsed.scheme() == "https" && known && plain && whole).then(|| url.to_owned())
}

/// A link that a user gave: any whole http(s) URL. It is shown in full, so that a reader sees where it leads.
pub fn foreign(url: &str) -> Option<String> {
    let parsed = Url::parse(url).ok()?;
    (matches!(parsed.scheme(), "http" | "https") && parsed.host_str().is_some())
        .then(|| url.to_owned())
}

/// `eu-west-1`, `us-gov-east-1`, `eusc-de-east-1`: letters and dashes with a number at the end.
pub fn is_region(text: &str) -> bool {
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let is_word = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_lowercase);
    let mut parts = text.as_bytes().rsplit(|b| *b == b'-');
    text.len() <= 32
        && parts.next().is_some_and(is_number)
        && parts.next().is_some_and(is_word)
        && parts.next().is_some_and(is_word)
        && parts.all(is_word)
}

/// The partition that a region's name begins with; `None` for the isolated ones, whose consoles we do not know.
fn partition_of(region: &str) -> Option<&'static str> {
    if region.contains("-iso") {
        return None;
    }
    [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("eusc-", "aws-eusc"),
    ]
    .into_iter()
    .find(|(prefix, _)| region.starts_with(prefix))
    .map_or(Some("aws"), |(_, partition)| Some(partition))
}

fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, ENCODED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_names_once_and_chooses_the_host_of_the_partition() {
        let console = |partition, region| Console::new(partition, region).unwrap();
        assert_eq!(
            console("aws", "eu-west-1").alarm("a/b c|d>é#100%"),
            "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/a%2Fb%20c%7Cd%3E%C3%A9%23100%25"
        );
        assert!(
            console("aws-us-gov", "us-gov-west-1")
                .config_rule("r")
                .starts_with("https://us-gov-west-1.console.amazonaws-us-gov.com/config/")
        );
        assert!(
            console("aws-cn", "cn-north-1")
                .pipeline("p")
                .starts_with("https://cn-north-1.console.amazonaws.cn/codesuite/")
        );
        assert_eq!(Console::new("aws-iso", "us-iso-east-1"), None);
        assert_eq!(Console::new("aws", "global"), None);
        assert_eq!(Console::new("aws", "evil.example/-1"), None);
    }

    #[test]
    fn finds_the_console_near_an_arn_a_topic_or_a_region() {
        let rule = Arn::parse("arn:aws-cn:config:cn-north-1:123456789012:config-rule/x");
        let topic = Arn::parse("arn:aws:sns:eu-west-1:123456789012:t");
        for (region, arn, topic, expected) in [
            (None, rule, topic, Some(("aws-cn", "cn-north-1"))),
            (Some("us-east-1"), None, topic, Some(("aws", "us-east-1"))),
            (None, None, topic, Some(("aws", "eu-west-1"))),
            (
                Some("us-gov-west-1"),
                None,
                None,
                Some(("aws-us-gov", "us-gov-west-1")),
            ),
            (Some("us-iso-east-1"), None, None, None),
            (Some("global"), None, None, None),
            (None, None, None, None),
        ] {
            let expected = expected.and_then(|(partition, region)| Console::new(partition, region));
            assert_eq!(Console::near(region, arn, topic), expected, "{region:?}");
        }
    }

    #[test]
    fn trusts_console_hosts_only() {
        for (url, expected) in [
            ("https://console.aws.amazon.com/codesuite/x", true),
            ("https://eu-west-1.console.aws.amazon.com/x#y", true),
            ("https://cn-north-1.console.amazonaws.cn/x", true),
            ("http://console.aws.amazon.com/x", false),
            ("https://console.aws.amazon.com.evil.example/x", false),
            ("https://evil.example/console.aws.amazon.com", false),
            ("https://me@console.aws.amazon.com/x", false),
            ("https://console.aws.amazon.com:444/x", false),
            ("https://evil-console.aws.amazon.com/x", false),
            ("https://a.b.console.aws.amazon.com/x", false),
            ("https://console.aws.amazon.com/x|Approve here>", false),
            ("https://console.aws.amazon.com/x y", false),
            ("HTTPS://Console.AWS.amazon.com/x", false),
            ("https:console.aws.amazon.com/x", false),
            ("https:/console.aws.amazon.com/x", false),
            ("https://%63onsole.aws.amazon.com/x", false),
            ("https://console。aws.amazon.com/x", false),
            ("javascript:alert(1)", false),
            ("not a url", false),
        ] {
            assert_eq!(trusted(url).is_some(), expected, "{url}");
        }
    }
}
