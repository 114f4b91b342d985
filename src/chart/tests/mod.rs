//! What holds for every chart.
