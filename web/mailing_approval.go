package web

// mailingApproval says where the mailing stands in its approval.
func (v *visit) mailingApproval() error {
	view, err := v.openMailing("approval")
	if err != nil {
		return err
	}
	return v.show("mailing_approval", view)
}
