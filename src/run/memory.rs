//! How much memory the process holds, where the system tells (Linux); for the record alone.

use std::fs;

/// Forgets the peak so far, so that the next one is of what begins now. Where the system does not allow it, peaks are
/// those since the process began.
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
