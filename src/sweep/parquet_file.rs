//! `results.parquet`: `results.csv` with types, for those whose tools read columns.
//!
//! Figures are decimals on 64-bit integers and as exact as in the table; where a case has none there is a null. Everything else is a text, but for
//! `case` and `seed`.

use super::merge::Output;
use crate::exit::Failure;
use outputs::sweep::{METRICS, metric};
use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::path::Path;
use std::sync::Arc;

/// Rows that are in memory at once.
const GROUP_ROWS: usize = 65_536;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// A whole number without sign.
    Count,
    /// A figure with so many digits after the point; may be missing.
    Figure(usize),
}

/// A column of the rows that are in memory.
struct Column {
    kind: Kind,
    texts: Vec<ByteArray>,
    numbers: Vec<i64>,
    /// 1 for each row that has a figure, 0 for each that has none.
    levels: Vec<i16>,
}

/// Why the file could not be made.
#[derive(Debug, thiserror::Error)]
enum ConvertError {
    #[error(transparent)]
    Table(#[from] csv::Error),
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    #[error("results.csv has \"{text}\" in the column {column}, which is no figure of it")]
    NoFigure { column: String, text: String },
}

/// Writes `results.parquet` beside `results.csv`.
///
/// # Errors
/// Exit 73 or 74 where it cannot be written.
pub fn write_parquet(out: &Path) -> Result<(), Failure> {
    let mut output = Output::create(out, "results.parquet")?;
    convert(&out.join("results.csv"), &mut output).map_err(|error| {
        Failure::new(
            crate::exit::Code::Io,
            format!("writing {}: {error}", out.join("results.parquet").display()),
        )
    })?;
    output.place()
}

fn convert(table: &Path, output: &mut Output) -> Result<(), ConvertError> {
    let mut reader = csv::Reader::from_path(table)?;
    let header: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let mut columns: Vec<Column> = header.iter().map(|name| Column::of(name)).collect();
    let schema = columns
        .iter()
        .zip(&header)
        .map(|(column, name)| column.schema(name))
        .collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder("results").with_fields(schema).build()?;
    // The writer's own version would change the bytes with every update of it.
    let properties = WriterProperties::builder().set_created_by("depotsim".to_owned()).build();
    let mut writer = SerializedFileWriter::new(output.writer(), Arc::new(schema), Arc::new(properties))?;
    let mut rows = 0;
    for record in reader.records() {
        let record = record?;
        for ((column, name), text) in columns.iter_mut().zip(&header).zip(&record) {
            column.push(name, text)?;
        }
        rows += 1;
        if rows == GROUP_ROWS {
            write_group(&mut writer, &mut columns)?;
            rows = 0;
        }
    }
    if rows > 0 {
        write_group(&mut writer, &mut columns)?;
    }
    writer.close()?;
    Ok(())
}

fn write_group(
    writer: &mut SerializedFileWriter<impl std::io::Write + Send>,
    columns: &mut [Column],
) -> Result<(), ConvertError> {
    let mut group = writer.next_row_group()?;
    for column in columns {
        let Some(mut out) = group.next_column()? else { break };
        match column.kind {
            Kind::Text => out.typed::<ByteArrayType>().write_batch(&column.texts, None, None)?,
            Kind::Count => out.typed::<Int64Type>().write_batch(&column.numbers, None, None)?,
            Kind::Figure(_) => {
                out.typed::<Int64Type>().write_batch(&column.numbers, Some(&column.levels), None)?
            }
        };
        out.close()?;
        column.texts.clear();
        column.numbers.clear();
        column.levels.clear();
    }
    group.close()?;
    Ok(())
}

impl Column {
    fn of(name: &str) -> Self {
        let kind = match (name, metric(name)) {
            ("case" | "seed", _) => Kind::Count,
            (_, Some(index)) => Kind::Figure(index),
            _ => Kind::Text,
        };
        Self { kind, texts: Vec::new(), numbers: Vec::new(), levels: Vec::new() }
    }

    fn schema(&self, name: &str) -> Result<Arc<Type>, ParquetError> {
        let builder = match self.kind {
            Kind::Text => Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
                .with_converted_type(ConvertedType::UTF8)
                .with_repetition(Repetition::REQUIRED),
            Kind::Count => Type::primitive_type_builder(name, Physical::INT64)
                .with_converted_type(ConvertedType::UINT_64)
                .with_repetition(Repetition::REQUIRED),
            Kind::Figure(index) => Type::primitive_type_builder(name, Physical::INT64)
                .with_converted_type(ConvertedType::DECIMAL)
                .with_precision(18)
                .with_scale(METRICS[index].decimals as i32)
                .with_repetition(Repetition::OPTIONAL),
        };
        Ok(Arc::new(builder.build()?))
    }

    fn push(&mut self, name: &str, text: &str) -> Result<(), ConvertError> {
        let refused = || ConvertError::NoFigure { column: name.to_owned(), text: text.to_owned() };
        match self.kind {
            Kind::Text => self.texts.push(text.into()),
            // The bits of a seed are kept, whatever its size.
            Kind::Count => self.numbers.push(text.parse::<u64>().map_err(|_| refused())? as i64),
            Kind::Figure(_) if text.is_empty() => self.levels.push(0),
            Kind::Figure(index) => {
                self.levels.push(1);
                self.numbers.push(METRICS[index].read(text).ok_or_else(refused)?);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use outputs::sweep::{Outcome, ResultRow, Status, push_result_row, results_header};
    use parquet::file::reader::{FileReader, SerializedFileReader};

    #[test]
    fn every_cell_of_the_table_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut table = results_header(&["limit".to_owned()]);
        let ran = Outcome::Ran {
            realization_digest: "r".into(),
            figures: (0..METRICS.len() as i64)
                .map(|figure| (figure != 3).then_some(-1_500 * figure))
                .collect(),
            failed_checks: vec!["A-1".into(), "A-2".into()],
            run_digest: "d".into(),
            summary_sha256: "s".into(),
        };
        let ended = Outcome::Ended { status: Status::Failed, error: "why, \"so\"".into() };
        for (case, outcome) in [(0, &ran), (1, &ended)] {
            let row = ResultRow { case, id: "id", parameters: &["400".to_owned()], seed: u64::MAX, outcome };
            push_result_row(&mut table, &row);
            table.push(b'\n');
        }
        std::fs::write(folder.path().join("results.csv"), &table).unwrap();
        write_parquet(folder.path()).unwrap();
        let file = std::fs::File::open(folder.path().join("results.parquet")).unwrap();
        let rows: Vec<String> = SerializedFileReader::new(file)
            .unwrap()
            .get_row_iter(None)
            .unwrap()
            .map(|row| row.unwrap().to_string())
            .collect();
        assert_eq!(rows.len(), 2);
        for part in [
            "case: 0",
            "limit: \"400\"",
            "seed: 18446744073709551615",
            "ready: -1500",
            "least_margin_min: null",
            "shortfall_kwh: -6.000",
        ] {
            assert!(rows[0].contains(part), "{part}: {}", rows[0]);
        }
        for part in ["status: \"failed\"", "late: null", "why, "] {
            assert!(rows[1].contains(part), "{part}: {}", rows[1]);
        }
    }
}
