use super::*;
use crate::script::ErrorCode;

#[test]
fn items_run_side_by_side_and_keep_their_order() {
    let fake = Arc::new(Fake::delayed(|node| 50 - node.0 as u32 * 10));
    let body = "local order = {}
        local out = map({ 'a', 'b', 'c' }, function(text, i)
            tts { text = text }:get()
            table.insert(order, i)
            return text
        end)
        return { out, order }";
    assert_eq!(ends(script(body), &fake).unwrap(), json!([["a", "b", "c"], [3, 2, 1]]));
    assert_eq!(fake.slots(), ["1/tts#1", "2/tts#1", "3/tts#1"]);
}

#[test]
fn scopes_come_from_ids_and_numbers_count_within_them() {
    let fake = Arc::new(Fake::new());
    let body = "map(llm { task = 'storyboard', text = 'x' }.scenes, function(scene)
            tts { text = scene.narration }
            tts { text = scene.narration }
            map({ 1 }, function() image { prompt = 'x' } end)
        end)
        scene('end', function() tts { text = 'bye' }:get() end)
        tts { text = 'x' }";
    ends(script(body), &fake).unwrap();
    let mut slots = fake.slots();
    slots.sort();
    let mut wanted = vec!["/llm#1".to_owned(), "/tts#1".into(), "end/tts#1".into()];
    for n in 1..=3 {
        wanted.extend([format!("rice-{n}/1/image#1"), format!("rice-{n}/tts#1"), format!("rice-{n}/tts#2")]);
    }
    assert_eq!(slots, wanted);
}

#[test]
fn no_more_than_the_limit_run_at_once() {
    let body = "local now, most = 0, 0
        map({ 1, 2, 3, 4, 5 }, function(n)
            now += 1
            most = math.max(most, now)
            tts { text = 'x' .. n }:get()
            now -= 1
        end, { limit = 2 })
        return most";
    assert_eq!(ends(script(body), &Arc::new(Fake::delayed(|_| 3))).unwrap(), json!(2));
}

#[test]
fn failures_are_raised_or_collected() {
    let fail_b = |spec: &StageSpec| if spec.scope == ["b"] { refuse(spec) } else { usual_answer(spec) };
    let items = "local items = { { id = 'a' }, { id = 'b' }, { id = 'c' } }
        local function f(item)
            return tts { text = item.id }.voice:get() .. item.id
        end\n";
    let e = ends(script(&format!("{items} map(items, f)")), &Arc::new(Fake::answering(fail_b))).unwrap_err();
    assert_eq!((e.code, e.at.unwrap().line), (ErrorCode::Stage, 3));
    let body = format!(
        "{items} local good, bad = map(items, f, {{ on_error = 'collect' }})
        return {{ good, #bad, bad[1].id, bad[1].index, bad[1].error.code }}"
    );
    let value = ends(script(&body), &Arc::new(Fake::answering(fail_b))).unwrap();
    assert_eq!(value, json!([["a", "c"], 1, "b", 2, "content_refused"]));
}

#[test]
fn wrong_calls_of_map_are_named() {
    for (code, wanted) in [
        ("map({ { id = 'a' }, { id = 'a' } }, print)", "script.input 1 two items of map have the id `a`"),
        ("map({ a = 1 }, print)", "script.input 1 map takes a list, and this table has names"),
        ("map('x', print)", "script.input 1 map takes a list, or a promise of one, not a string"),
        (
            "map({ 1 }, print, { on_eror = 'collect' })",
            "script.input 1 map has no option `on_eror`; did you mean `on_error`?",
        ),
        ("map({ 1 }, print, { limit = 0 })", "script.input 1 `limit` must be a whole number from 1"),
        ("map({ 1 })", "script.input 1 an argument must be a function, not a nil"),
        ("map({ { id = '' } }, print)", "script.input 1 `id` must have 1 to 200 bytes"),
    ] {
        assert_eq!(raised(code), wanted, "{code}");
    }
    let value = given("return map({}, print)").unwrap();
    assert_eq!(value, json!([]));
}

#[test]
fn tasks_run_beside_the_script() {
    let fake = Arc::new(Fake::new());
    let body = "local a = studio.async(function() return tts { text = 'a' }.seconds:get() end)
        local b = studio.async(function() return a:get() + 1 end, { id = 'second' })
        local x = tts { text = 'x' }
        return { a:get(), b:get(), typeof(a) }";
    assert_eq!(ends(script(body), &fake).unwrap(), json!([1.5, 2.5, "task"]));
    let mut slots = fake.slots();
    slots.sort();
    assert_eq!(slots, ["/tts#1", "async-1/tts#1"]);
}

#[test]
fn a_task_nobody_asked_for_is_waited_for_and_can_fail_the_run() {
    let fake = Arc::new(Fake::new());
    ends(script("studio.async(function() tts { text = 'a' }:get() image { prompt = 'b' } end)"), &fake).unwrap();
    assert_eq!(fake.slots(), ["async-1/tts#1", "async-1/image#1"]);
    assert_eq!(raised("studio.async(function()\n error('lost') end)"), "script.runtime 2 lost");
    assert_eq!(
        given("local t = studio.async(function() error('x') end)\nreturn (pcall(t.get, t))").unwrap(),
        json!(false)
    );
}

#[test]
fn tasks_cannot_wait_for_each_other_in_a_circle() {
    let wrong = "a task can only be waited for where it was started, or by what was started there after it";
    let body = "local t = {}
        t.a = studio.async(function() tts { text = 'a' }:get() return t.b:get() end)
        t.b = studio.async(function() return t.a:get() end)
        return t.b:get()";
    assert_eq!(raised(body), format!("script.promise 2 {wrong}"));
    assert_eq!(
        raised("local t = {}\nt.a = studio.async(function() tts { text = 'a' }:get() t.a:get() end)\nt.a:get()"),
        format!("script.promise 2 {wrong}")
    );
}

#[test]
fn what_is_nested_without_end_is_stopped() {
    assert!(
        raised("local function f() map({ 1 }, f) end f()").starts_with("script.limit 1 map, scene and studio.async")
    );
    assert!(
        raised("local function f() studio.async(f) end f()").starts_with("script.limit 1 map, scene and studio.async")
    );
}

#[test]
fn dropping_a_run_ends_it() {
    for body in [
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "tts { text = 'x' }:get()",
        "studio.async(function() tts { text = 'x' }:get() end):get()",
        "map({ 1, 2 }, function() map({ 3, 4 }, function() tts { text = 'x' }:get() end) end)",
        "local t t = studio.async(function() tts { text = 'x' }:get() return t end) t:get()",
        "studio.async(function() map({ 1 }, function() tts { text = 'x' }:get() end) end)",
        "scene('a', function() tts { text = 'x' }:get() end)",
    ] {
        let fake = Arc::new(Fake::delayed(|_| u32::MAX));
        let stages: Arc<dyn Stages> = fake.clone();
        let limits = Limits {
            stretch: std::time::Duration::from_mins(10),
            total: std::time::Duration::from_mins(10),
            ..short()
        };
        let context = RunContext { limits, ..RunContext::new(0, 0, stages) };
        let mut running = run(script(&format!("log('on')\n{body}")), BTreeMap::new(), context).boxed();
        while fake.logs().is_empty() || body.contains(":get()") && fake.waits.load(Relaxed) == 0 {
            assert!((&mut running).now_or_never().is_none());
            std::thread::yield_now();
        }
        drop(running);
        let_go(&fake);
    }
}
