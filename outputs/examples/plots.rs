//! Draws the plots of some nights into a folder, to be looked at: `cargo run -p depotsim-outputs --example plots -- DIR`.

#[path = "../tests/it/night.rs"]
mod night;

use night::{Size, WA_PTA};
use outputs::PlotData;
use sim::{Site, Strategy};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name a folder to draw into")?;
    let nights = [
        ("night", WA_PTA),
        ("uncontrolled", Size { strategy: Strategy::Uncontrolled, ..WA_PTA }),
        ("first-come", Size { strategy: Strategy::FirstCome, ..WA_PTA }),
        ("week", Size { nights: 7, ..WA_PTA }),
        ("circuits1", Size { circuits: 1, points_per_circuit: 12, buses: 20, ..WA_PTA }),
        ("circuits2", Size { circuits: 2, buses: 14, ..WA_PTA }),
        ("circuits3", Size { circuits: 3, buses: 20, ..WA_PTA }),
        ("circuits8", Size { circuits: 8, points_per_circuit: 7, buses: 90, ..WA_PTA }),
        ("circuits20", Size { circuits: 20, buses: 140, ..WA_PTA }),
    ];
    for (name, size) in nights {
        draw(Path::new(&folder), name, size)?;
    }
    Ok(())
}

fn draw(folder: &Path, name: &str, size: Size) -> Result<(), Box<dyn Error>> {
    let (depot, realization) = (night::depot(size), night::realization(size, 1));
    let mut data = PlotData::new(&depot, &realization, &Site::of(&depot), 1);
    sim::run(&depot, &realization, &mut [&mut data])?;
    let figures = [
        ("site", data.site_svg()?),
        ("branches", data.branches_svg()?),
        ("connectors", data.connectors_svg()?),
        ("visits", data.visits_svg()?),
    ];
    for (figure, svg) in figures {
        std::fs::write(folder.join(format!("{name}-{figure}.svg")), svg)?;
    }
    Ok(())
}
