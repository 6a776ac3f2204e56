//! SHA-256 of what is written, while it is written.

use crate::format;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// Name, size and digest of one file of a pack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// The path inside the pack, with `/` between folders.
    pub name: String,
    /// Its size \[bytes\].
    pub bytes: u64,
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl FileDigest {
    /// The digest of a file that is in memory.
    pub fn of_bytes(name: impl Into<String>, bytes: &[u8]) -> Self {
        Self { name: name.into(), bytes: bytes.len() as u64, sha256: sha256_hex(bytes) }
    }
}

/// SHA-256 of bytes as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    format::hex(&Sha256::digest(bytes))
}

/// Passes bytes on to a writer and digests those that it took.
#[derive(Debug)]
pub struct HashingWriter<W> {
    out: W,
    bytes: u64,
    hash: Sha256,
}

impl<W: Write> HashingWriter<W> {
    /// Digests what goes into `out` from now on.
    pub fn new(out: W) -> Self {
        Self { out, bytes: 0, hash: Sha256::new() }
    }

    /// The writer, and the digest of all it took under the name of its file.
    pub fn finish(self, name: impl Into<String>) -> (W, FileDigest) {
        let sha256 = format::hex(&self.hash.finalize());
        (self.out, FileDigest { name: name.into(), bytes: self.bytes, sha256 })
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.hash.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes at most three bytes at a time.
    struct Slow(Vec<u8>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(3);
            self.0.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_the_writer_took_is_what_is_digested() {
        let mut writer = HashingWriter::new(Slow(Vec::new()));
        writer.write_all(b"abc").unwrap();
        writer.write_all(b"dbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").unwrap();
        let (out, digest) = writer.finish("x.csv");
        assert_eq!(digest, FileDigest::of_bytes("x.csv", &out.0));
        assert_eq!(digest.bytes, 56);
    }

    #[test]
    fn digests_are_those_of_the_standard() {
        // FIPS 180-4, examples of one block.
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
