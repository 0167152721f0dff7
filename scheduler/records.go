package scheduler

import (
	"context"

	"keur/internal/links"
	"keur/internal/words"
	"keur/labels"
	"keur/labels/domains"
	"keur/mailings"
)

// checkRecords returns a reason to hold the send for what is wrong with the
// records by which receivers know its mail, or no message. Who released it for
// just these saw them. What can't be asked holds nothing.
func (p *Preflight) checkRecords(ctx context.Context, send *mailings.Send, content *mailings.Content) (words.Message, error) {
	found, err := p.recordsOf(ctx, send.LabelID, content)
	if err != nil {
		return words.Message{}, err
	}
	var wrong []string
	var first words.Message
	for _, k := range found {
		if s := k.Severity(); s != links.Blocks && s != links.Asks {
			continue
		}
		if len(wrong) == 0 {
			first = named(k)
		}
		wrong = append(wrong, k.Record+" "+k.Name)
	}
	if len(wrong) == 0 {
		return words.Message{}, nil
	}
	reason := words.Of("hold.records", "n", len(wrong), "first", first, "records", wrong)
	if excused(reason, send.Releases, "records") {
		return words.Message{}, nil
	}
	return reason, nil
}

// foreseeRecords finds what is wrong, or could be better, with them now.
func (p *Preflight) foreseeRecords(ctx context.Context, label labels.ID, content *mailings.Content) (found []Foreseen, err error) {
	kept, err := p.recordsOf(ctx, label, content)
	for _, k := range kept {
		if s := k.Severity(); s != links.Sound {
			found = append(found, Foreseen{Check: "records", Severity: s, Message: named(k)})
		}
	}
	return found, err
}

// recordsOf returns how the records stand on which a mail depends.
func (p *Preflight) recordsOf(ctx context.Context, id labels.ID, content *mailings.Content) (found []domains.Kept, err error) {
	if p.records == nil {
		return nil, nil
	}
	label, err := p.labels.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	all, err := p.records.Due(ctx, label)
	for _, k := range all {
		if k.Concerns(content.Sender.Address) {
			found = append(found, k)
		}
	}
	return found, err
}

func named(k domains.Kept) words.Message {
	return words.Of("domains.record", "record", k.Record, "name", k.Name, "said", k.Said)
}
