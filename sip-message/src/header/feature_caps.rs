//! Feature-Caps: what the entities on the way can do (RFC 6809 §6).

super::only_params_header! {
    /// The feature-capability indicators of one entity; the topmost is the nearest (RFC 6809 §6).
    FeatureCaps, PREFIX = "*", LIST = true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn indicators_stand_behind_a_star() {
        let caps = round_trip::<FeatureCaps>("*;+g.foo;+g.bar=\"1,2\"");
        assert_eq!(caps.params.get("+g.bar"), Some("1,2"));
        assert!(caps.params.contains("+G.FOO"));
        assert!(FeatureCaps::decode("+g.foo").is_err());
    }
}
