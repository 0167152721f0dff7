package web

// outcomeStep is what became of the mailing's sends.
type outcomeStep struct {
	mailingView
	Outcome outcomeView
}

func (v *visit) mailingOutcome() error {
	view, err := v.openMailing("outcome")
	if err != nil {
		return err
	}
	outcome, err := v.outcomeOfMailing(view.Mailing)
	if err != nil {
		return err
	}
	outcome.Beside = true
	return v.show("mailing_outcome", outcomeStep{view, outcome})
}
