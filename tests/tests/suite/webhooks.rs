//! Webhooks: signed, in order, again where they were not taken, once more with the same id after a crash, and
//! dead where nobody wants them. The secret is nowhere but in the signature.

use std::{fs, time::Duration};

use rustix::process::Signal;
use serde_json::{Value, json};
use studio::{
    effects::webhook::sign,
    engine::{Config, Engine, api::Request},
    model::{SecretString, Settings},
};
use studio_tests::{
    Control, Home,
    control::{serve, slow_project},
    files,
    raw::{Act, Raw},
    receiver::{Received, Receiver, Reply},
    short,
};

const SECRET: &str = "whsec_c3R1ZGlvLXRlc3RzLXN0dWRpby10ZXN0cw==";

/// A home whose messages go to the receiver; all kinds, or some.
fn home(receiver: &Receiver, events: &[&str]) -> Home {
    let home = Home::new();
    set_up(&home, receiver, events);
    let set = home.studio_fed(&["secret", "set", "hook"], SECRET.as_bytes());
    assert_eq!(set.code, Some(0), "{set:?}");
    home
}

fn set_up(home: &Home, receiver: &Receiver, events: &[&str]) {
    let hook = format!(
        "[[webhooks]]\nname = \"ours\"\nurl = \"{}\"\nsecret = \"hook\"\nevents = {events:?}\n",
        receiver.url()
    );
    fs::write(home.store().join("config.toml"), hook).expect("a file");
}

fn stands(home: &Home) -> Value {
    home.json(&["webhook", "ls"])[0].clone()
}

fn counts(hook: &Value) -> [u64; 3] {
    ["delivered", "pending", "dead"].map(|name| hook[name].as_u64().expect("a number"))
}

/// Checks a message as its receiver would.
fn is_signed(message: &Received) {
    let seconds = message.header("webhook-timestamp").parse().expect("seconds");
    let signed = sign(&SecretString::new(SECRET.into()), message.id(), seconds, &message.body).expect("a signature");
    assert_eq!(message.header("webhook-signature"), signed);
    assert_eq!(message.header("content-type"), "application/json");
    assert!(message.json()["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{}", message.body);
}

#[test]
fn a_film_is_told_of_in_order_and_the_secret_is_nowhere() {
    let (receiver, other) = (Receiver::start(&[Reply::Status(204)]), Receiver::start(&[Reply::Status(200)]));
    let home = home(&receiver, &[]).with("STUDIO_LOG", "debug");
    let one_more = format!("[[webhooks]]\nurl = \"{}\"\nsecret = \"hook\"\nevents = [\"export.ready\"]\n", other.url());
    let config = home.store().join("config.toml");
    let first = fs::read_to_string(&config).expect("the settings");
    fs::write(&config, first + &one_more).expect("a file");
    short::project(&home);
    let ran = short::run(&home);
    let all = receiver.received();
    let events: Vec<_> = all.iter().map(Received::event).collect();
    assert_eq!(events, ["publish.done", "job.completed", "export.ready"], "sent before the command ended");
    all.iter().for_each(is_signed);
    let [published, job, export] = [0, 1, 2].map(|n| all[n].json()["data"].clone());
    assert_eq!((&published["plugin"], &published["url"]), (&json!("folder"), &json!("rice.mp4")), "{published}");
    assert_eq!((&job["outcome"], &job["error"]), (&json!("done"), &Value::Null), "{job}");
    assert_eq!((&job["project"]["slug"], &job["project"]["title"]), (&json!("rice"), &json!("Rice")));
    assert!(job["seconds"].as_f64().is_some_and(|s| s > 0.0), "{job}");
    let film = short::delivered(&home, "mp4");
    assert!(export["files"].as_array().expect("files").contains(&json!(film)), "{export}");
    assert_eq!((&export["files"], &export["run"]), (&job["exports"], &published["run"]));
    assert!(all.iter().all(|message| !message.body.contains("Rice grows")), "no texts");
    assert_eq!(counts(&stands(&home)), [3, 0, 0]);
    let theirs = other.received();
    assert_eq!((theirs.len(), &theirs[0].json()["data"]), (1, &export), "each is told what it wants");
    assert_ne!(theirs[0].id(), all[2].id());
    // Everything was kept: it is done again, and nothing was published.
    let again = short::run(&home);
    let events: Vec<_> = receiver.received()[3..].iter().map(Received::event).collect();
    assert_eq!(events, ["job.completed", "export.ready"]);
    for said in [&ran.out, &ran.err, &again.err] {
        assert!(!said.contains(SECRET) && !said.contains("token-of-tests"), "{said}");
    }
    for folder in ["journal", "index", "blobs"] {
        for never in [SECRET, "token-of-tests"] {
            let found = files::holding(&home.store().join(folder), never.as_bytes());
            assert!(found.is_empty(), "{never} is in {found:?}");
        }
    }
}

#[test]
fn what_was_not_taken_is_sent_again_by_the_next_owner_with_the_same_id() {
    let receiver = Receiver::start(&[Reply::Status(500), Reply::Status(200)]);
    let home = home(&receiver, &["job.completed"]);
    slow_project(&home, "tea", 1);
    assert_eq!(home.studio(&["run", "tea"]).code, Some(0));
    let _serving = serve(&home, &[]);
    let tries = receiver.wait_for(2);
    tries.iter().for_each(is_signed);
    assert_eq!((tries[0].id(), &tries[0].body), (tries[1].id(), &tries[1].body));
    wait_until(&home, [1, 0, 0]);
}

/// Asks the owner until the webhook stands so.
fn wait_until(home: &Home, wanted: [u64; 3]) {
    let mut control = Control::connect(home);
    loop {
        let hooks = control.patiently("webhook.list", &json!({})).expect("webhooks");
        if counts(&hooks[0]) == wanted {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_message_that_was_cut_off_by_a_kill_comes_once_more() {
    let receiver = Receiver::start(&[Reply::Silence]);
    let home = home(&receiver, &["job.completed"]);
    slow_project(&home, "tea", 1);
    let mut running = home.start(&["run", "tea"]);
    let first = receiver.wait_for(1);
    running.kill();
    // The next owner sends it again, is asked to leave while it waits for the answer, and leaves it to another one.
    let serving = serve(&home, &[]);
    receiver.wait_for(2);
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
    receiver.reply(Reply::Status(200));
    let serving = serve(&home, &[]);
    let all = receiver.wait_for(3);
    assert!(all.iter().all(|message| (message.id(), &message.body) == (first[0].id(), &first[0].body)));
    wait_until(&home, [1, 0, 0]);
    serving.signal(Signal::TERM);
    assert_eq!(serving.finish().code, Some(0));
    // That was enough: nobody sends it once more, and another run has another id.
    assert_eq!(home.studio(&["run", "tea"]).code, Some(0));
    let all = receiver.received();
    assert_eq!(all.len(), 4);
    assert_ne!(all[3].id(), first[0].id());
}

#[test]
fn a_review_is_told_of_and_a_refused_message_is_dead_until_a_person_wants_it() {
    let receiver = Receiver::start(&[Reply::Status(400)]);
    let home = home(&receiver, &["review.waiting"]);
    home.module("raw", &Raw::new("raw", Act::done("a"), Act::done("a")).wasm());
    let script = "return studio.pipeline { title = \"Ask\", params = {}, run = function() \
                  return review(llm { provider = \"raw\", text = \"a\" }):get().text end }";
    let script = home.file("ask.lua", script);
    assert_eq!(home.studio(&["new", "Ask", "--script", &script]).code, Some(0));
    assert_eq!(home.studio(&["run", "ask"]).code, Some(3));
    let told = receiver.received();
    let data = told[0].json()["data"].clone();
    assert_eq!((told.len(), told[0].event().as_str()), (1, "review.waiting"));
    assert_eq!(
        (&data["project"]["slug"], &data["place"], &data["role"]),
        (&json!("ask"), &json!("llm"), &json!("llm"))
    );
    assert_eq!(counts(&stands(&home)), [0, 0, 1]);
    let dead = home.json(&["webhook", "dead"]);
    assert_eq!((&dead[0]["id"], &dead[0]["tried"]["n"]), (&json!(told[0].id()), &json!(1)), "{dead}");
    assert_eq!(dead[0]["tried"]["why"], "it answered 400");

    receiver.reply(Reply::Status(200));
    home.fails(&["webhook", "retry", "msg_nothing"]).is(1, "not_found").says("studio webhook dead");
    assert_eq!(home.json(&["webhook", "retry", told[0].id()])["count"], 1);
    let told = receiver.wait_for(2);
    assert_eq!(told[0].id(), told[1].id());
    assert_eq!((counts(&stands(&home)), home.json(&["webhook", "dead"])), ([1, 0, 0], json!([])));
    assert_eq!(home.json(&["webhook", "retry"])["count"], 0);
}

#[test]
fn an_example_says_how_it_was_answered_and_mistakes_are_told() {
    let receiver = Receiver::start(&[Reply::Status(200), Reply::Status(401)]);
    let home = home(&receiver, &["publish.done"]);
    let tested = home.json(&["webhook", "test"]);
    assert_eq!((&tested[0]["name"], &tested[0]["status"]), (&json!("ours"), &json!(200)));
    let refused = home.studio(&["webhook", "test", "ours", "--event", "review.waiting"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.out.contains("not delivered: it answered 401"), "{refused:?}");
    let all = receiver.received();
    all.iter().for_each(is_signed);
    assert_eq!(all.iter().map(Received::event).collect::<Vec<_>>(), ["publish.done", "review.waiting"]);
    assert!(all.iter().all(|message| message.json()["test"] == true));
    assert_eq!(counts(&stands(&home)), [0, 0, 0], "nothing of it is kept");
    home.fails(&["webhook", "test", "theirs"]).is(1, "webhook.unknown").says("studio webhook ls");
    assert_eq!(home.studio(&["webhook", "test", "--event", "job.done"]).code, Some(2));
    assert_eq!(home.studio(&["secret", "rm", "hook"]).code, Some(0));
    let unsigned = home.studio(&["webhook", "test"]);
    assert!(unsigned.code == Some(1) && unsigned.out.contains("studio secret set hook"), "{unsigned:?}");
    assert_eq!(receiver.received().len(), 2, "nothing goes without a signature");

    let config = home.store().join("config.toml");
    fs::write(&config, "[[webhooks]]\nurl = \"http://x.com\"\nsecret = \"hook\"\n").expect("a file");
    home.fails(&["webhook", "ls"]).is(2, "usage").says("webhooks[0].url");
    fs::write(&config, "").expect("a file");
    home.fails(&["webhook", "test"]).is(1, "webhook.none").says("config.toml");
    assert_eq!(home.json(&["webhook", "ls"]), json!([]));
}

/// Asks the engine for something.
async fn ask(engine: &Engine, method: &str, params: Value) -> Value {
    let request = Request { method: method.into(), params, command: None };
    engine.handle(request).await.unwrap_or_else(|e| panic!("{method}: {e:?}"))
}

#[test]
fn who_never_takes_it_is_asked_as_often_as_planned_and_a_webhook_that_went_leaves_dead_letters() {
    let receiver = Receiver::start(&[Reply::Status(503)]);
    let home = home(&receiver, &["job.completed"]);
    slow_project(&home, "tea", 1);
    let text = fs::read_to_string(home.store().join("config.toml")).expect("the settings");
    let mut config = Config::new(home.store(), home.path().join("key"), std::ffi::OsString::new());
    config.settings = Settings::parse(&text).expect("settings");
    config.webhook_pauses = vec![Duration::from_millis(1); 2];
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let engine = Engine::open(config.clone()).await.expect("an engine");
        run_tea(&engine).await;
        while ask(&engine, "webhook.dead", json!({})).await == json!([]) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let dead = ask(&engine, "webhook.dead", json!({})).await;
        assert_eq!(dead[0]["tried"], json!({ "n": 3, "why": "it answered 503" }));
        // The next one waits for its second try for ever, and then its webhook goes.
        engine.close().await.expect("closed");
        config.webhook_pauses = vec![Duration::from_hours(1)];
        let engine = Engine::open(config.clone()).await.expect("an engine");
        run_tea(&engine).await;
        engine.settle_webhooks().await;
        let hook = ask(&engine, "webhook.list", json!({})).await[0].clone();
        assert_eq!(counts(&hook), [0, 1, 1]);
        assert_eq!((&hook["trouble"]["n"], &hook["trouble"]["why"]), (&json!(1), &json!("it answered 503")));
        engine.close().await.expect("closed");
        config.settings.webhooks.clear();
        let engine = Engine::open(config.clone()).await.expect("an engine");
        let dead = ask(&engine, "webhook.dead", json!({})).await;
        assert_eq!(dead[1]["tried"]["why"], "config.toml has no such webhook any more", "{dead}");
        assert_eq!(ask(&engine, "webhook.retry", json!({})).await["count"], 0, "there is nowhere to send it");
        assert_eq!(ask(&engine, "webhook.drop", json!({ "id": dead[0]["id"] })).await["count"], 1);
        assert_eq!(ask(&engine, "webhook.dead", json!({})).await, json!([dead[1]]));
        // What happens without it is not told to it when it comes back.
        run_tea(&engine).await;
        engine.close().await.expect("closed");
        config.settings = Settings::parse(&text).expect("settings");
        let engine = Engine::open(config).await.expect("an engine");
        engine.settle_webhooks().await;
        assert_eq!(counts(&ask(&engine, "webhook.list", json!({})).await[0]), [0, 0, 1]);
        engine.close().await.expect("closed");
    });
    let all = receiver.received();
    assert_eq!(all.len(), 4);
    assert!(all[..3].iter().all(|message| message.id() == all[0].id()) && all[3].id() != all[0].id());
}

async fn run_tea(engine: &Engine) {
    let run = ask(engine, "run.start", json!({ "project": "tea" })).await["run"].clone();
    let report = ask(engine, "run.wait", json!({ "run": run })).await;
    assert!(report["outcome"]["done"].is_object(), "{report}");
}
