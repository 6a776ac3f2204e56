//! smoke
mod support;
#[test]
fn day_16_runs() {
    let (depot, realization) = support::day_16(1);
    let mut curtailed = 0;
    let stays = support::watch(&depot, &realization, |v| curtailed += u32::from(v.cycle.is_some_and(|c| c.curtailed_count > 0))).unwrap();
    println!("{curtailed} {:?}", stays.iter().filter(|s| s.ready_s.is_some()).count());
    let t = std::time::Instant::now();
    for seed in 0..200 {
        let (depot, realization) = support::day_16(seed);
        support::watch(&depot, &realization, |_| ()).unwrap();
    }
    println!("with checker {:?}", t.elapsed() / 200);
    let t = std::time::Instant::now();
    for seed in 0..200 {
        let (depot, realization) = support::day_16(seed);
        let mut s = sim::Simulation::new(&depot, &realization).unwrap();
        while s.step(&[]).is_some() {}
    }
    println!("alone {:?}", t.elapsed() / 200);
}
