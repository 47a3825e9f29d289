//! Amazon Resource Names.

/// The parts of an ARN. The resource is everything after the fifth colon, kept raw: the name of an alarm may hold colons,
/// spaces and `|` (page "Identify AWS resources with Amazon Resource Names").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'t> {
    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: &'t str,
    /// `sns`, `cloudwatch`, `config`, ...
    pub service: &'t str,
    /// For example `eu-west-1`; `None` for global resources.
    pub region: Option<&'t str>,
    /// Twelve digits; `None` where the ARN has none (S3).
    pub account: Option<&'t str>,
    /// For example `alarm:shop-prod-4xx-spike`.
    pub resource: &'t str,
}

impl<'t> Arn<'t> {
    /// `None` for anything that does not have the six parts.
    pub fn parse(text: &'t str) -> Option<Self> {
        let mut resource = text.strip_prefix("arn:")?;
        // The parts are so short that every search for a colon costs more than it saves.
        let mut next = || {
            let colon = resource.bytes().position(|b| b == b':')?;
            let (part, rest) = resource.split_at_checked(colon)?;
            resource = rest.get(1..)?;
            Some(part)
        };
        let (partition, service, region, account) = (next()?, next()?, next()?, next()?);
        let some = |text: &'t str| (!text.is_empty()).then_some(text);
        (!partition.is_empty() && !service.is_empty() && !resource.is_empty()).then_some(Self {
            partition,
            service,
            region: some(region),
            account: some(account),
            resource,
        })
    }

    /// The part of the resource after a prefix such as `alarm:`.
    pub fn resource_after(&self, prefix: &str) -> Option<&'t str> {
        let rest = self.resource.strip_prefix(prefix);
        rest.filter(|rest| !rest.is_empty())
    }
}

/// The twelve digits of an account.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_resource_raw() {
        let arn = Arn::parse("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a: b|ü").unwrap();
        assert_eq!(arn.resource_after("alarm:"), Some("a: b|ü"));
        assert_eq!(arn.resource_after("alarm:a: b|ü"), None);
        assert_eq!(arn.resource_after("rule/"), None);
        assert_eq!(arn.region, Some("eu-west-1"));
        assert_eq!(arn.account, Some("123456789012"));

        let bucket = Arn::parse("arn:aws-cn:s3:::acme-inbox").unwrap();
        assert_eq!(bucket.partition, "aws-cn");
        assert_eq!((bucket.region, bucket.account), (None, None));
    }

    #[test]
    fn takes_nothing_else() {
        for text in [
            "",
            "arn",
            "arn:aws:sns:eu-west-1:123456789012",
            "arn:aws:sns:eu-west-1:123456789012:",
            "arn::sns:eu-west-1:123456789012:t",
            "arn:aws::eu-west-1:123456789012:t",
            " arn:aws:sns:eu-west-1:123456789012:t",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_account_has_twelve_digits() {
        for (text, expected) in [
            ("123456789012", true),
            ("012345678901", true),
            ("12345678901", false),
            ("12345678901ü", false),
            ("", false),
        ] {
            assert_eq!(is_account_id(text), expected, "{text}");
        }
    }
}
