//! debug
#![cfg(feature = "native")]
use assay_proofs::*;
#[derive(Clone, PartialEq)]
enum E { A(String), L(Vec<E>) }
fn parse(t: &str) -> E {
	let mut st: Vec<Vec<E>> = vec![vec![]];
	let mut cur = String::new();
	let mut q = false;
	for c in t.chars() {
		if q { cur.push(c); if c == '"' { q = false; } continue }
		match c {
			'"' => { cur.push(c); q = true; }
			'(' | ')' | ' ' | '\n' | '\t' => {
				if !cur.is_empty() { st.last_mut().unwrap().push(E::A(std::mem::take(&mut cur))); }
				if c == '(' { st.push(vec![]); }
				if c == ')' { let l = st.pop().unwrap(); st.last_mut().unwrap().push(E::L(l)); }
			}
			_ => cur.push(c),
		}
	}
	st[0][0].clone()
}
fn show(e: &E, o: &mut String) {
	match e { E::A(s) => o.push_str(s), E::L(l) => { o.push('('); for (i, x) in l.iter().enumerate() { if i > 0 { o.push(' '); } show(x, o); } o.push(')'); } }
}
fn text(e: &E) -> String { let mut o = String::new(); show(e, &mut o); o }
fn run2(t: &str) -> Option<(Outcome, Outcome)> {
	let blob = wat::parse_str(t).ok()?;
	let guest = prepare(&blob, &Limits { max_memory_pages: 4, max_stack: 3_000, ..Limits::STANDARD }).ok()?;
	let input: Vec<u8> = std::fs::read("/tmp/wat-input").unwrap();
	let im = Interpreter::new().compile(&guest).ok()?;
	let a = Interpreter::new().run(&im, &input, 1940770829, 300_000).ok()?;
	let n = Native::new().unwrap();
	let nm = n.compile(&guest).ok()?;
	let b = n.run(&nm, &input, 1940770829, 300_000).ok()?;
	Some((a, b))
}
fn differ(e: &E) -> bool { run2(&text(e)).is_some_and(|(a, b)| a != b) }
fn paths(e: &E, p: &mut Vec<usize>, out: &mut Vec<Vec<usize>>) {
	if let E::L(l) = e { out.push(p.clone()); for (i, x) in l.iter().enumerate() { p.push(i); paths(x, p, out); p.pop(); } }
}
fn at<'a>(e: &'a mut E, p: &[usize]) -> Option<&'a mut E> {
	match p.split_first() { None => Some(e), Some((i, r)) => match e { E::L(l) => at(l.get_mut(*i)?, r), _ => None } }
}
#[test]
fn reduce() {
	let mut e = parse(&std::fs::read_to_string("/tmp/proofs-min.wat").unwrap());
	assert!(differ(&e));
	let end = std::time::Instant::now() + std::time::Duration::from_secs(170);
	let mut changed = true;
	while changed && std::time::Instant::now() < end {
		changed = false;
		let mut all = vec![]; paths(&e, &mut vec![], &mut all);
		all.sort_by_key(|p| p.len());
		for p in all {
			if p.is_empty() || std::time::Instant::now() > end { continue }
			let (last, parent) = p.split_last().unwrap();
			// remove
			let mut f = e.clone();
			if let Some(E::L(l)) = at(&mut f, parent) { if *last < l.len() && matches!(l[*last], E::L(_)) { l.remove(*last); } else { continue } } else { continue }
			if differ(&f) { e = f; changed = true; continue }
			let node = match at(&mut e, &p) { Some(E::L(l)) => l.clone(), _ => continue };
			let simple = |x: &E| matches!(x, E::L(l) if l.len() == 2 && l.iter().all(|y| matches!(y, E::A(_))));
			if simple(&E::L(node.clone())) { continue }
			let mut cands: Vec<E> = ["(i32.const 0)", "(i32.const 1)", "(i64.const 0)", "(f32.const 0)", "(f64.const 0)"].iter().map(|s| parse(&format!("{s} "))).collect();
			cands.extend(node.iter().filter(|x| matches!(x, E::L(_))).cloned());
			for c in cands {
				let mut f = e.clone();
				if let Some(n) = at(&mut f, &p) { *n = c; }
				if f != e && differ(&f) { e = f; changed = true; break }
			}
		}
	}
	std::fs::write("/tmp/proofs-red.wat", text(&e)).unwrap();
	let (a, b) = run2(&text(&e)).unwrap();
	println!("gas {} {} same result {}", a.gas, b.gas, a.result == b.result);
}
#[test]
fn batch() {
	let Ok(dir) = std::fs::read_dir("/tmp/wat") else { return };
	for f in dir { let f = f.unwrap().path(); println!("{f:?} {:?}", run2(&std::fs::read_to_string(&f).unwrap()).map(|(a, b)| (a == b, a.gas, b.gas, a.result.map(|o| o.len()), b.result.map(|o| o.len())))); }
}
