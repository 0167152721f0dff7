package web

// mailingAudience says for whom the mailing is.
func (v *visit) mailingAudience() error {
	view, err := v.openMailing("audience")
	if err != nil {
		return err
	}
	return v.show("mailing_audience", view)
}
