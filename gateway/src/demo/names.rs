//! Invented names of the demo's pupils, the same at every load.

const FEMALE: [&str; 37] = [
    "Adriana", "Alice", "Ana", "Aurora", "Beatriz", "Benedita", "Bruna", "Camila", "Carlota", "Carolina", "Catarina",
    "Clara", "Constança", "Daniela", "Débora", "Diana", "Eduarda", "Elisa", "Eva", "Filipa", "Francisca", "Gabriela",
    "Helena", "Inês", "Íris", "Joana", "Lara", "Laura", "Leonor", "Lúcia", "Luísa", "Madalena", "Margarida", "Matilde",
    "Rita", "Sofia", "Teresa",
];

const MALE: [&str; 37] = [
    "Afonso", "Alexandre", "André", "António", "Artur", "Bernardo", "Bruno", "Carlos", "Daniel", "David", "Diogo",
    "Duarte", "Eduardo", "Fábio", "Filipe", "Francisco", "Gabriel", "Gil", "Gonçalo", "Guilherme", "Gustavo", "Henrique",
    "Hugo", "João", "Jorge", "José", "Leonardo", "Lucas", "Luís", "Manuel", "Marco", "Martim", "Mateus", "Miguel",
    "Nuno", "Rafael", "Rodrigo",
];

const FAMILY: [&str; 41] = [
    "Abreu", "Almeida", "Alves", "Amaral", "Antunes", "Azevedo", "Barbosa", "Barros", "Borges", "Branco", "Brito",
    "Campos", "Cardoso", "Carvalho", "Castro", "Coelho", "Correia", "Costa", "Cunha", "Dias", "Esteves", "Faria",
    "Fernandes", "Ferreira", "Figueiredo", "Fonseca", "Freitas", "Garcia", "Gomes", "Henriques", "Leal", "Lima", "Lopes",
    "Machado", "Marques", "Martins", "Matos", "Melo", "Mendes", "Monteiro", "Neves",
];

/// The name of the pupil at `place`: 37 and 41 share no factor, so 1 517 places pass before a first
/// and a last name meet again.
pub(super) fn of(place: usize, gender: &str) -> String {
    let first = if gender == "Female" { FEMALE } else { MALE };
    let pick = |names: &[&'static str], place: usize| names.get(place % names.len()).copied().unwrap_or_default();
    format!("{} {} {}", pick(&first, place), pick(&FAMILY, place * 7 + 3), pick(&FAMILY, place))
}
