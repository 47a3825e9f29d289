//! Functions of moto, which keeps them and does not run them.

use serde_json::Value;

use super::{Moto, REGION};

impl Moto {
    /// The configuration of a function (page "GetFunctionConfiguration").
    pub(crate) fn function(&self, name: &str) -> Value {
        self.lambda(&format!("/2015-03-31/functions/{name}/configuration"))
    }

    /// What invokes a function, by its ARN, besides SNS (page "ListEventSourceMappings").
    pub(crate) fn event_source_mapping(&self, function: &str) -> Value {
        let path = format!("/2015-03-31/event-source-mappings/?FunctionName={function}");
        let mut answer = self.lambda(&path);
        let [mapping] = answer["EventSourceMappings"]
            .as_array_mut()
            .unwrap()
            .as_mut_slice()
        else {
            panic!("not one mapping: {answer}");
        };
        mapping.take()
    }

    fn lambda(&self, path: &str) -> Value {
        let answer = self.request(
            &format!("GET {path}"),
            REGION,
            "lambda",
            "application/json",
            "",
            "",
        );
        serde_json::from_str(&answer).unwrap()
    }
}
