//! Files the tool reads and writes, and what can go wrong on the way.

use aws_masker::Error;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Why the tool stops.
pub enum Failure {
    /// A file named on the command line cannot be used.
    File(PathBuf, io::Error),
    /// stdin cannot be read.
    Input(io::Error),
    /// stdout cannot be written.
    Output(io::Error),
    /// The configuration is impossible.
    Config(Error),
    /// The engine refused.
    Refused(Error),
    /// The store did not do its part.
    Store(Error),
}

impl Failure {
    /// The tool's published exit codes.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::File(..) | Failure::Config(_) => 2,
            Failure::Input(_) | Failure::Output(_) | Failure::Refused(_) => 3,
            Failure::Store(_) => 4,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::File(path, error) => write!(f, "{}: {error}", path.display()),
            Failure::Input(error) => write!(f, "stdin: {error}"),
            Failure::Output(error) => write!(f, "stdout: {error}"),
            Failure::Config(error) | Failure::Refused(error) | Failure::Store(error) => write!(f, "{error}"),
        }
    }
}

/// The content of a file.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::File(path.to_path_buf(), error))
}

/// A file that only its owner may read. It appears under its name when it is complete, so that a run that fails leaves
/// the mapping of an earlier one as it was.
pub struct PrivateFile {
    path: PathBuf,
    draft: PathBuf,
    file: File,
    written: bool,
}

impl PrivateFile {
    /// Starts a file that will be at `path`.
    pub fn create(path: &Path) -> Result<PrivateFile, Failure> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let draft = path.with_file_name(format!(".{name}.{}", std::process::id()));
        let failed = |error| Failure::File(path.to_path_buf(), error);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(failed)?;
        // A umask cannot widen the mode, but a default ACL can.
        file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(PrivateFile { path: path.to_path_buf(), draft, file, written: false })
    }

    /// Writes the content and puts the file in its place.
    pub fn write(mut self, content: &[u8]) -> Result<(), Failure> {
        let failed = |error| Failure::File(self.path.clone(), error);
        self.file.write_all(content).and_then(|()| self.file.sync_all()).map_err(failed)?;
        fs::rename(&self.draft, &self.path).map_err(failed)?;
        self.written = true;
        Ok(())
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        if !self.written {
            // It holds nothing or half of something; that it cannot be removed changes nothing for the caller.
            let _ = fs::remove_file(&self.draft);
        }
    }
}
