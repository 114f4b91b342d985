//! How much memory the process holds, if the system reports it (Linux); only for the record.

use std::fs;

/// Resets the peak: the next one counts from now. If the system does not allow this, peaks count from the start of the
/// process.
pub(super) fn forget_peak() {
    // "5" resets the peak of the resident set: proc(5), /proc/pid/clear_refs.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that the process held since the peak was forgotten, in MiB.
pub(super) fn peak_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib / 1024)
}
