use super::*;

const BODY: &str = "local board = llm { task = 'storyboard', text = 'x' }:get()
    local t = studio.async(function() return llm { text = 'title' }:get().title end)
    local clips = map(board.scenes, function(scene)
        local speech = tts { text = scene.narration }
        if math.random() < 0.5 then image { prompt = tostring(math.random(1000)) } end
        local words = #speech.words:get()
        map({ 'x', 'y' }, function(s) return tts { text = s .. words }.seconds:get() end)
        local style = ({ 'a', 'b', 'c' })[math.random(3)]
        return clip { picture = image { prompt = scene.id, style = style }, narration = speech }
    end)
    return publish { to = 'folder', video = render { timeline = clips }, title = t:get() }.url";

fn calls(seed: u64, delay: impl Fn(NodeHandle) -> u32 + Send + Sync + 'static) -> Vec<String> {
    let fake = Arc::new(Fake::delayed(delay));
    let stages: Arc<dyn Stages> = fake.clone();
    futures::executor::block_on(run(script(BODY), BTreeMap::new(), RunContext::new(seed, 5, stages))).unwrap();
    // Handles differ with the order of the calls: what matters is the slot and the plain part of the request.
    let plain = |spec: &StageSpec| (fake.calls()[..].to_vec(), spec.input.filled(&|_| None)).1;
    let mut out: Vec<_> =
        fake.calls().iter().zip(fake.slots()).map(|(spec, slot)| format!("{slot} {}", plain(spec))).collect();
    out.sort();
    out
}

#[test]
fn the_order_of_answers_changes_nothing() {
    let first = calls(1, |_| 0);
    assert!(first.len() > 15, "{first:?}");
    for order in 1..20_u64 {
        let scattered = move |node: NodeHandle| ((node.0 + 1) * order * 2_654_435_761 % 97) as u32;
        assert_eq!(calls(1, scattered), first, "order {order}");
    }
}

#[test]
fn the_seed_decides_what_is_random() {
    assert_eq!(calls(3, |_| 0), calls(3, |_| 0));
    assert_ne!(calls(3, |_| 0), calls(4, |_| 0));
    let seeded =
        "math.randomseed(5) local a = math.random(10) math.randomseed(5) return { a == math.random(10), studio.now() }";
    assert_eq!(given(seeded).unwrap(), json!([true, 1_700_000_000.5]));
}

#[test]
fn random_numbers_lie_where_they_should() {
    let body = "local seen = {}
        for _ = 1, 500 do
            local x = math.random(3, 5)
            assert(x == math.floor(x) and x >= 3 and x <= 5)
            seen[x] = true
            local y = math.random()
            assert(y >= 0 and y < 1)
        end
        return seen[3] and seen[4] and seen[5]";
    assert_eq!(given(body).unwrap(), json!(true));
    assert_eq!(raised("math.random(5, 3)"), "script.runtime 1 math.random: the interval is empty or too large");
}
