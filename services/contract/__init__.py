"""The contract service: action sheets, contracts from draft to signature, and the programme's progress."""
