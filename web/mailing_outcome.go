package web

// mailingOutcome says what became of the mailing's sends.
func (v *visit) mailingOutcome() error {
	view, err := v.openMailing("outcome")
	if err != nil {
		return err
	}
	return v.show("mailing_outcome", view)
}
