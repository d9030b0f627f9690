//! .

const UP: &[&str] = &[];
const DOWN: &[&str] = &[];

crate::ddl::migration!(UP, DOWN);
