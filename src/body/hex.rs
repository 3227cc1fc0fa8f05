//! The digits of escapes: `%3A` of a form, `\u00e9` of JSON.

/// The number that hexadecimal digits are, of which there are at most eight; `None` if one of them is none.
pub fn number<const LENGTH: usize>(digits: &[u8; LENGTH]) -> Option<u32> {
    let values = digits.map(|digit| HEX[usize::from(digit)]);
    let are_digits = values.iter().fold(0, |all, value| all | value) < 16;
    are_digits.then(|| values.iter().fold(0, |number, value| number << 4 | u32::from(*value)))
}

/// The value of every hexadecimal digit, and more than that of what is none.
static HEX: [u8; 256] = {
    let mut hex = [u8::MAX; 256];
    let mut b = 0;
    while b < hex.len() {
        if let Some(value) = (b as u8 as char).to_digit(16) {
            hex[b] = value as u8;
        }
        b += 1;
    }
    hex
};
