package web

// contentView is what the mailing says.
type contentView struct {
	mailingView
}

func (v *visit) mailingContent() error {
	view, err := v.openMailing("content")
	if err != nil {
		return err
	}
	return v.show("mailing_content", contentView{view})
}
