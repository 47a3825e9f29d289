use sns_to_slack::{context::Context, envelope, notification, template::Templates};
#[test]
fn probe() {
    let t = Templates::built_in().unwrap();
    for f in std::env::var("PROBE")
        .unwrap_or_default()
        .split_whitespace()
    {
        let text = std::fs::read_to_string(f).unwrap();
        let (records, w) = envelope::open_anything(&text);
        println!("== {f} {w:?}");
        for r in records {
            let r = r.unwrap();
            let n = notification::classify(&r);
            let c = Context::new(&r, &n, &Default::default());
            if std::env::var("CTX").is_ok() {
                println!("{}", serde_json::to_string_pretty(c.values()).unwrap());
            }
            let m = t.render(&c, None);
            println!(
                "{} {:?} {:?}\n{}",
                m.template,
                m.warnings,
                m.failed.iter().map(|e| e.to_string()).collect::<Vec<_>>(),
                serde_json::to_string_pretty(m.message.payload()).unwrap()
            );
        }
    }
}
