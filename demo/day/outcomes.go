package day

import (
	"context"
	"fmt"
	"maps"

	"keur/demo"
	"keur/internal/paging"
	"keur/reports"
)

// countOutcomes reads what came of the two mailings. It must be what the crowd
// did, to the last click.
func (d *day) countOutcomes(ctx context.Context) (string, error) {
	sum := map[demo.ActKind]int{}
	for _, m := range d.mailings {
		lines, err := ask[map[demo.ActKind]any](ctx, d, m, "outcomes", "mailing")
		if err != nil {
			return "", err
		}
		for _, kind := range counted {
			n, _ := lines[0][kind].(float64)
			sum[kind] += int(n)
		}
	}
	if !maps.Equal(sum, d.crowd) {
		return "", fmt.Errorf("counted %v, but the crowd did %v", sum, d.crowd)
	}
	var trail struct{ Entries int64 }
	if err := d.Create(ctx, d.Admin, "/audit/verify", map[string]any{}, &trail); err != nil {
		return "", err
	}
	return fmt.Sprintf("equal to what the crowd did, to the last click; the audit trail of %s entries is whole",
		demo.Grouped(trail.Entries)), nil
}

// ask reads a report of a mailing, line by line.
func ask[T any](ctx context.Context, d *day, m *demo.Mailing, report, by string) ([]T, error) {
	var found paging.Page[T]
	err := d.Get(ctx, m.Maker, fmt.Sprintf("/labels/%d/%s?mailing=%d&by=%s", m.LabelID, report, m.ID, by), &found)
	if err == nil && len(found.Items) == 0 {
		err = fmt.Errorf("there are no %s of %s by %s", report, m.Name, by)
	}
	return found.Items, err
}

// showOutcomes prints the table: each mailing, and under it its campaigns; and
// which of the solo's subjects did better.
func (d *day) showOutcomes(ctx context.Context) error {
	t := &table{header: []string{
		"", "audience", "sent", "bounced", "delivered", "opened", "opens", "· machine", "clicked", "clicks", "· machine", "CTR", "CTOR",
		"left", "spam",
	}}
	for _, m := range d.mailings {
		for _, of := range []struct{ by, indent string }{{"mailing", ""}, {"campaign", "  · "}} {
			lines, err := ask[reports.Outcome](ctx, d, m, "outcomes", of.by)
			if err != nil {
				return err
			}
			for _, o := range lines {
				t.line(of.indent, o)
			}
		}
	}
	d.Say("\n%s", t)
	solo := d.mailings[0]
	parts, err := ask[reports.Part](ctx, d, solo, "breakdown", "variant")
	if err != nil {
		return err
	}
	t = &table{header: []string{"subjects of " + solo.Name, "delivered", "opened", "clicked", "CTR", "CTOR"}}
	for _, o := range parts {
		t.add(o.Name, demo.Grouped(o.Delivered), demo.Grouped(o.OpensUnique), demo.Grouped(o.ClicksUnique), percent(o.CTR), percent(o.CTOR))
	}
	d.Say("%s", t)
	t = &table{header: []string{"campaigns of the day", "network", "sales", "value, €", "commission that waits for a verdict, €"}}
	for _, m := range d.mailings {
		if err := d.addSales(ctx, m, t); err != nil {
			return err
		}
	}
	d.Say("%s", t)
	if err := (newcomers{d}).show(ctx); err != nil {
		return err
	}
	d.Say("  opened and clicked: members, each once. opens and clicks: by people. · machine: by mail programs and gateways, in no rate.")
	d.Say("  CTR = clicked / delivered, CTOR = clicked / opened. A campaign counts its mailing's deliveries and its own clicks.\n")
	return nil
}

func (t *table) line(indent string, o reports.Outcome) {
	n := demo.Grouped[int64]
	t.add(indent+o.Of.Name, n(int64(o.Audience)), n(o.Sent), n(o.Bounced), n(o.Delivered), n(o.OpensUnique), n(o.Opens), n(o.OpensMachine),
		n(o.ClicksUnique), n(o.Clicks), n(o.ClicksMachine), percent(o.CTR), percent(o.CTOR), n(o.Unsubscribes), n(o.Complaints))
}

// percent writes a rate as people compare it.
func percent(r reports.Rate) string {
	if r.Value == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f%%", 100**r.Value)
}
