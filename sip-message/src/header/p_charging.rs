//! Charging: P-Charging-Function-Addresses and P-Charging-Vector (RFC 7315 §4.5, §4.6), P-Charge-Info (RFC 8496 §6).

super::only_params_header! {
    /// One set of addresses: `ccf`, `ecf`, `ccf-2`, `ecf-2` and others (RFC 7315 §4.5).
    PChargingFunctionAddresses, PREFIX = "", LIST = true
}

super::only_params_header! {
    /// `icid-value`, `orig-ioi`, `term-ioi` and others (RFC 7315 §4.6).
    PChargingVector, PREFIX = "", LIST = false
}

super::name_addr_header! {
    /// Who pays (RFC 8496 §6).
    PChargeInfo, LIST = false
}

impl PChargingVector {
    /// The value that joins the charging records of a call.
    #[must_use]
    pub fn icid(&self) -> Option<&str> {
        self.params.get("icid-value")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Header;
    use crate::header::round_trip;

    #[test]
    fn parameters_without_a_value_in_front() {
        let vector =
            round_trip::<PChargingVector>("icid-value=1234bc9876e;icid-generated-at=192.0.6.8;orig-ioi=h");
        assert_eq!((vector.icid(), vector.params.get("orig-ioi")), (Some("1234bc9876e"), Some("h")));
        let addresses = round_trip::<PChargingFunctionAddresses>("ccf=[5555::b99:c88:d77:e66];ecf=192.1.1.3");
        assert_eq!(addresses.params.get("ccf"), Some("[5555::b99:c88:d77:e66]"));
        assert!(PChargingVector::decode("").is_err());
        assert!(PChargingVector::decode(";icid-value=1").is_err());
    }

    #[test]
    fn payers_have_an_address() {
        assert_eq!(round_trip::<PChargeInfo>("<sip:+15551234@a.example>;npi=ISDN").0.params.len(), 1);
        assert!(PChargeInfo::decode("").is_err());
    }
}
