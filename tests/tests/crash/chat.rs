//! A chat whose process is killed while answers come: nothing is asked for twice, an answer that had come is not paid
//! again, one that may have been paid is told as such, and all that was said can be read. The service counts.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use studio_tests::{
    Home,
    board::{does, project},
    control::serve,
    events::Running,
    openai::{KEY, Mood, OpenAi},
    procs, soak,
};

use super::seeded;

/// Kills of one chat.
const OF_ROUND: usize = 8;
/// What the model says, each word a piece.
const ANSWER: &str = "Water comes from the hills above, stands in every step for a while, and goes on to the sea.";

#[test]
fn an_answer_is_paid_for_once_whatever_is_killed_while_it_comes() {
    let most = if soak() { 240 } else { 16 };
    let (seed, mut random) = seeded();
    let (mut kills, mut round) = (0, 0);
    while kills < most {
        round += 1;
        let mut talk = Talk::new(format!("seed {seed}, round {round}"));
        for _ in 0..OF_ROUND.min(most - kills) {
            talk.say_and_kill(&mut random);
            talk.check();
            kills += 1;
        }
        eprintln!("round {round}: {kills} of {most} kills; {}", talk.figures());
        talk.end();
    }
}

/// One project's chat, and the service that is asked.
struct Talk {
    /// For messages.
    at: String,
    home: Home,
    server: OpenAi,
    /// What the person said, in order.
    said: Vec<String>,
    /// What a client was told as done.
    announced: Vec<Value>,
    /// The chat as it was read after the latest kill.
    read: Vec<Value>,
}

impl Talk {
    fn new(at: String) -> Self {
        let (server, home) = (OpenAi::start(), Home::new());
        let price = "[[price]]\nplugin = \"openai\"\nper_request = \"0.10\"\n";
        let settings = format!("[plugins.openai]\nurl = \"{}\"\nsecret = \"openai\"\n{price}", server.url());
        std::fs::write(home.store().join("config.toml"), settings).expect("the settings");
        assert_eq!(home.studio_fed(&["secret", "set", "openai"], KEY.as_bytes()).code, Some(0));
        does(&home, &["plugin", "grant", "openai", "--yes"]);
        project(&home);
        Self { at, home, server, said: Vec::new(), announced: Vec::new(), read: Vec::new() }
    }

    /// Says something, and kills whoever has the store at a moment between the request and some time after its answer.
    fn say_and_kill(&mut self, random: &mut fastrand::Rng) {
        let text = format!("<<say-{}>> Where does the water come from?", self.said.len());
        self.server.says(ANSWER);
        self.server.slow(Duration::from_millis(random.u64(..80)));
        self.server.trickle(Duration::from_millis(random.u64(..12)));
        if random.u8(..4) == 0 {
            self.server.next("/chat", Mood::RateLimited(Some(("retry-after-ms", "40"))));
        }
        let asked = self.server.asked();
        let mut serving = random.bool().then(|| serve(&self.home, &[]));
        let mut client = self.home.start(&["chat", "rice", &text, "--json"]);
        self.said.push(text);
        // From the start on, or once it was asked for: that is most of a start's time later.
        if random.u8(..4) > 0 {
            let until = Instant::now() + Duration::from_mins(1);
            while self.server.asked() == asked {
                assert!(Instant::now() < until, "{}: nothing is asked: {:?}", self.at, client.seen());
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        std::thread::sleep(Duration::from_millis(random.u64(..450)));
        match &mut serving {
            // Whoever asked there goes on by itself: it takes the store, and sees to the answer.
            Some(serving) => serving.kill(),
            None => client.kill(),
        }
        self.announced.extend(told(client));
    }

    /// Everybody is gone: what is in the store, against what the service has billed.
    fn check(&mut self) {
        let read = self.settled();
        assert_eq!(read, messages(&self.home), "{}: once seen to, it stays so", self.at);
        assert!(read.starts_with(&self.read), "{}: {read:#?} is not what it was: {:#?}", self.at, self.read);
        self.server.wait_until_quiet();
        let pairs = read.chunks(2).map(|pair| (&pair[0], &pair[1]));
        for (question, answer) in pairs.clone() {
            let text = question["text"].as_str().expect("a text");
            assert!(self.said.iter().any(|said| said == text), "{}: nobody said {text:?}", self.at);
            assert_eq!((&question["who"], &answer["who"]), (&json!("person"), &json!("model")), "{}", self.at);
            let billed = self.billed(text);
            let state = (answer["state"].as_str(), answer["error"]["code"].as_str());
            let holds = match state {
                (Some("done"), None) => billed == 1 && answer["text"] == ANSWER && answer["cost"] == "0.1",
                (Some("stopped"), Some("possibly_billed")) => billed <= 1,
                (Some("stopped"), Some("chat.interrupted")) => billed == 0,
                _ => false,
            };
            assert!(holds, "{}: {text:?} was billed {billed} times: {read:#?}", self.at);
        }
        for said in &self.said {
            let times = pairs.clone().filter(|(question, _)| question["text"] == said.as_str()).count();
            assert!(times <= 1, "{}: {said:?} stands there {times} times", self.at);
            // What was never kept was never asked for.
            assert!(times == 1 || self.billed(said) == 0, "{}: {said:?} was billed and is lost", self.at);
        }
        for told in &self.announced {
            assert!(read.contains(told), "{}: {told} was announced, and is not so in {read:#?}", self.at);
        }
        self.read = read;
    }

    /// The chat once no answer is written any more: one whose last request was answered goes on by itself.
    fn settled(&self) -> Vec<Value> {
        let until = Instant::now() + Duration::from_mins(1);
        loop {
            let read = messages(&self.home);
            if read.iter().all(|message| message["state"] != "writing") {
                return read;
            }
            assert!(Instant::now() < until, "{}: it is still being written: {read:#?}", self.at);
        }
    }

    /// How often what a person said was answered and billed. What was said before and not answered is told with it.
    fn billed(&self, text: &str) -> usize {
        let asks = |request: &Value| {
            let last = request["messages"].as_array().and_then(|messages| messages.last());
            let told = last.map(|last| last["content"].to_string()).unwrap_or_default();
            told.rfind("<<").is_some_and(|at| told[at..].starts_with(text))
        };
        self.server.billed("/chat").iter().filter(|entry| asks(&entry.request)).count()
    }

    fn of_state(&self, state: &str, code: &str) -> usize {
        let is_so = |m: &&Value| m["state"] == state && m["error"]["code"].as_str().unwrap_or_default() == code;
        self.read.iter().filter(|m| m["who"] == "model").filter(is_so).count()
    }

    /// Money: each answer that came is paid, each that may have been is held back until a person says that it was not.
    fn end(self) {
        let (done, maybe) = (self.of_state("done", ""), self.of_state("stopped", "possibly_billed"));
        let cents = |name: &str| {
            let shown = self.home.json(&["show", "rice"]);
            (shown[name].as_str().and_then(|text| text.parse::<f64>().ok()).expect("an amount") * 100.0).round()
                as usize
        };
        assert_eq!((cents("spent"), cents("reserved")), (done * 10, maybe * 10), "{}", self.at);
        let asked = self.server.asked();
        if maybe > 0 {
            does(&self.home, &["retry", "rice", "--repeat"]);
        }
        assert_eq!((cents("reserved"), self.server.asked()), (0, asked), "{}: nothing is sent again", self.at);
        self.server.slow(Duration::ZERO);
        self.server.trickle(Duration::ZERO);
        // What was not said yet is said first: it is the same.
        self.server.says(ANSWER);
        let said = self.home.json(&["chat", "rice", "What do you remember?"]);
        assert_eq!(
            (&said["answer"]["state"], &said["answer"]["text"]),
            (&json!("done"), &json!(ANSWER)),
            "{}",
            self.at
        );
        does(&self.home, &["store", "check"]);
        assert_eq!(procs::left_over(&self.home.store()), [""; 0].map(std::path::PathBuf::from), "{}", self.at);
        self.server.assert_asked_well();
    }

    fn figures(&self) -> String {
        let counts = [("done", ""), ("stopped", "possibly_billed"), ("stopped", "chat.interrupted")];
        let [done, maybe, never] = counts.map(|(state, code)| self.of_state(state, code));
        let billed = self.server.billed("/chat").len();
        format!("{done} answers came, {maybe} possibly billed, {never} never asked for; the service billed {billed}")
    }
}

fn messages(home: &Home) -> Vec<Value> {
    home.json(&["chat", "rice", "--list"])["messages"].as_array().expect("messages").clone()
}

/// What a client was told before its end, where that was an answer.
fn told(mut client: Running) -> Option<Value> {
    while client.line("the client's end").is_some() {}
    let lines = client.seen().iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.map(|line| line["answer"].clone()).find(|answer| answer["state"] == "done")
}
