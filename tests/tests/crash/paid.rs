//! A run that is killed again and again loses nothing and pays nothing twice: paid calls that are slow or refused at
//! first, remote jobs, reviews decided meanwhile, a budget that is met and raised, an owner that is a `studio run` now
//! and a `serve` with a client then. The service counts what it was asked for.

use std::time::Duration;

use studio_tests::{
    Home,
    openai::{KEY, Mood, OpenAi},
    plugins, soak,
};

use super::{
    seeded,
    work::{Kill, Work},
};

/// Kills of one round; after that its run is left alone until it is done.
const OF_ROUND: u32 = 10;

#[test]
fn nothing_announced_is_lost_and_nothing_is_paid_twice() {
    let most = if soak() { 200 } else { 20 };
    let (seed, mut random) = seeded();
    let (echo, mut kills, mut round) = (plugins::echo(), 0, 0);
    while kills < most {
        round += 1;
        let (server, home) = (OpenAi::start(), Home::new());
        home.module("echo", &echo);
        prepare(&home, &server, &mut random);
        let mut work = Work::new(&home, &server, format!("seed {seed}, round {round}"));
        while work.kills < OF_ROUND.min(most - kills) && !work.is_done() {
            server.slow(Duration::from_millis(random.u64(..250)));
            work.attempt(&mut random, Some(Kill::any));
        }
        server.slow(Duration::ZERO);
        work.finish(&mut random);
        work.check_end();
        kills += work.kills;
        eprintln!("round {round}: {kills} of {most} kills; {}", work.figures());
    }
}

/// A project whose every paid call costs ten cents, and a service that refuses some of them at first.
fn prepare(home: &Home, server: &OpenAi, random: &mut fastrand::Rng) {
    let price = |plugin: &str| format!("[[price]]\nplugin = \"{plugin}\"\nper_request = \"0.10\"\n");
    let of = |plugin: &str| format!("[plugins.{plugin}]\nurl = \"{}\"\nsecret = \"openai\"\n", server.url());
    let settings = [of("openai"), of("echo"), price("openai"), price("echo")].concat();
    std::fs::write(home.store().join("config.toml"), settings).expect("the settings");
    assert_eq!(home.studio_fed(&["secret", "set", "openai"], KEY.as_bytes()).code, Some(0));
    std::fs::remove_file(home.path().join("stdin")).expect("what was typed");
    for plugin in ["openai", "echo"] {
        assert_eq!(home.studio(&["plugin", "grant", plugin, "--yes"]).code, Some(0));
    }
    let script = home.file("soak.lua", script(server));
    assert_eq!(home.studio(&["new", "Soak", "--script", &script]).code, Some(0));
    if random.bool() {
        home.json(&["budget", "soak", "--total", "0.45"]);
    }
    for _ in 0..3 {
        server.next("/chat", Mood::RateLimited(Some(("retry-after-ms", "40"))));
        server.next("/chat", Mood::Busy("30"));
    }
    server.next("/chat", Mood::Status(500));
    server.next("/videos", Mood::RateLimited(Some(("retry-after-ms", "40"))));
}

/// The names of its places stand in what it asks for, so that each request can be told.
fn script(server: &OpenAi) -> String {
    let job = |n: u32| {
        let headers = "[[\"authorization\", \"Bearer {{secret:openai}}\"]]";
        let url = format!("{}/videos", server.url());
        format!(
            "[==[{{\"job\": {{\"create\": {{\"method\": \"POST\", \"url\": \"{url}\", \"headers\": {headers}, \
             \"body\": {{\"json\": {{\"prompt\": \"<<job-{n}>> a field\"}}}}}}, \
             \"poll\": {{\"request\": {{\"method\": \"GET\", \"url\": \"{url}/{{id}}\", \"headers\": {headers}}}, \
             \"every_ms\": 60, \"pointer\": \"/status\", \"until\": [\"completed\"], \"give_up_s\": 600}}}}}}]==]"
        )
    };
    format!(
        r#"return studio.pipeline {{ title = "Soak", run = function()
  local all, said = {{}}, {{}}
  for n = 1, 5 do
    said[n] = llm {{ id = "say-" .. n, provider = "openai", text = "<<say-" .. n .. ">> Say it.", max_tokens = 50,
      system = n > 3 and said[n - 3].text or nil }}
    all[#all + 1] = said[n]
  end
  for n, op in ipairs {{ {}, {} }} do all[#all + 1] = llm {{ id = "job-" .. n, provider = "echo", text = op }} end
  for n = 1, 2 do all[#all + 1] = tts {{ id = "spoken-" .. n, provider = "espeak", text = "Rice grows. " .. n }} end
  for n = 1, 3 do
    local draft = review(llm {{ id = "draft-" .. n, provider = "openai", text = "<<draft-" .. n .. ">> Draft it.",
      max_tokens = 50 }})
    all[#all + 1] = llm {{ id = "last-" .. n, provider = "openai", text = "<<last-" .. n .. ">> Improve it.",
      system = draft.text, max_tokens = 50 }}
  end
  for _, one in ipairs(all) do one:get() end
  return #all
end }}"#,
        job(1),
        job(2)
    )
}
