//! Amazon Resource Names.

/// The parts of an ARN. The resource is everything after the fifth colon, kept raw: the name of an alarm may hold colons,
/// spaces and `|` (page "Identify AWS resources with Amazon Resource Names").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: String,
    /// `sns`, `cloudwatch`, `config`, ...
    pub service: String,
    /// For example `eu-west-1`; `None` for global resources.
    pub region: Option<String>,
    /// Twelve digits; `None` where the ARN has none (S3).
    pub account: Option<String>,
    /// For example `alarm:shop-prod-4xx-spike`.
    pub resource: String,
}

impl Arn {
    /// `None` for anything that does not have the six parts.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let mut next = || parts.next().map(str::to_owned);
        let (partition, service, region, account, resource) =
            (next()?, next()?, next()?, next()?, next()?);
        let some = |text: String| (!text.is_empty()).then_some(text);
        (!partition.is_empty() && !service.is_empty() && !resource.is_empty()).then_some(Self {
            partition,
            service,
            region: some(region),
            account: some(account),
            resource,
        })
    }

    /// The part of the resource after a prefix such as `alarm:`.
    pub fn resource_after(&self, prefix: &str) -> Option<&str> {
        self.resource
            .strip_prefix(prefix)
            .filter(|rest| !rest.is_empty())
    }
}
