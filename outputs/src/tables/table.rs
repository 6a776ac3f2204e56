//! A CSV file as a stream of rows into a `Write`.

use super::row::Row;
use crate::clock::Clock;
use crate::error::WriteError;
use std::io::Write;

/// Rows are handed on in pieces of about this size \[bytes\], so that the writer below is called (and hashes) rarely.
const CHUNK_BYTES: usize = 1 << 16;

/// Collects rows and hands them on in large pieces.
#[derive(Debug)]
pub(crate) struct Table<W> {
    file: &'static str,
    out: W,
    pending: Vec<u8>,
}

impl<W: Write> Table<W> {
    /// A table whose first line is `columns`. Nothing is written yet: the header leaves with the first piece.
    pub(crate) fn new(file: &'static str, columns: &str, out: W) -> Self {
        let mut pending = Vec::with_capacity(CHUNK_BYTES + 4096);
        pending.extend_from_slice(columns.as_bytes());
        pending.push(b'\n');
        Self { file, out, pending }
    }

    /// Appends a row: `head` (cells made before, each with its comma) and the row's own cells.
    pub(crate) fn write(&mut self, head: &[u8], row: &Row) -> Result<(), WriteError> {
        self.pending.extend_from_slice(head);
        self.pending.extend_from_slice(row.bytes());
        // The comma behind the last cell becomes the end of the line.
        if let Some(last) = self.pending.last_mut() {
            *last = b'\n';
        }
        if self.pending.len() >= CHUNK_BYTES { self.hand_on() } else { Ok(()) }
    }

    /// Hands on what is pending and flushes the writer.
    pub(crate) fn finish(&mut self) -> Result<(), WriteError> {
        self.hand_on()?;
        self.out.flush().map_err(|source| WriteError { file: self.file, source })
    }

    /// The writer. What is still pending is lost: call [`Table::finish`] before.
    pub(crate) fn into_inner(self) -> W {
        self.out
    }

    fn hand_on(&mut self) -> Result<(), WriteError> {
        let result = self.out.write_all(&self.pending);
        self.pending.clear();
        result.map_err(|source| WriteError { file: self.file, source })
    }
}

/// The cells `t_s,time,` that every row of a tick begins with, made once per tick.
#[derive(Debug)]
pub(crate) struct TickHead {
    clock: Clock,
    head: Row,
}

impl TickHead {
    /// Heads in the time of this clock.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, head: Row::default() }
    }

    /// The head of the tick that begins at `t_s` \[s\].
    pub(crate) fn at(&mut self, t_s: u64) -> &[u8] {
        let clock = self.clock;
        self.head.clear().int(t_s).with(|out| clock.push_rfc3339(out, t_s as i64));
        self.head.bytes()
    }
}
