//! Failpoints of this process, armed and disarmed by one test at a time; and with them the lines that the process logs.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock};

/// Points and lines are of the process, so its tests take turns; each finds none that another one left.
pub struct Points(PathBuf, #[allow(dead_code)] MutexGuard<'static, ()>);

impl Points {
    pub fn take() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
        let turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let folder = FOLDER.get_or_init(|| tempfile::tempdir().unwrap()).path().to_owned();
        pieload::failpoint::set_folder(folder.clone());
        for entry in std::fs::read_dir(&folder).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        drop(super::logs::take(""));
        Points(folder, turn)
    }

    pub fn arm(&self, name: &str, action: &str) {
        std::fs::write(self.0.join(name), action).unwrap();
    }

    pub fn disarm(&self, name: &str) {
        std::fs::remove_file(self.0.join(name)).unwrap();
    }

    pub fn is_armed(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }

    pub fn was_hit(&self, name: &str) -> bool {
        self.0.join(format!("{name}.hit")).exists()
    }

    /// So that the point can be hit again.
    pub fn forget(&self, name: &str) {
        std::fs::remove_file(self.0.join(format!("{name}.hit"))).unwrap();
    }
}
