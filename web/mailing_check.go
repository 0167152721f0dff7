package web

// mailingCheck says whether the mailing can be put up for approval.
func (v *visit) mailingCheck() error {
	view, err := v.openMailing("check")
	if err != nil {
		return err
	}
	return v.show("mailing_check", view)
}
