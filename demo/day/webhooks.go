package day

import (
	"context"
	"fmt"

	"keur/demo"
	"keur/reports"
)

// tellAProgram has Keur tell a program of the publisher's what happens from now on.
func (d *day) tellAProgram(ctx context.Context) (string, error) {
	program, err := demo.OpenReceiver(ctx)
	if err != nil {
		return "", err
	}
	d.program = program
	var made struct{ Secret string }
	if err := d.Create(ctx, d.Admin, "/webhooks", map[string]any{
		"kind": "standard", "name": "CRM", "url": program.URL, "active": true,
		"types": []string{"approval.reviewed", "send.finished", "delivery.recorded", "engagement.recorded"},
	}, &made); err != nil {
		return "", err
	}
	return "a program of the publisher's is told of verdicts, sends, deliveries, opens and clicks", program.Trust(made.Secret)
}

// compareWhatWasTold waits until the program knows of each delivery of the two
// mailings; it may be told of others', which go out meanwhile. All is signed.
func (d *day) compareWhatWasTold(ctx context.Context) (string, error) {
	total := 0
	for _, m := range d.mailings {
		lines, err := ask[reports.Outcome](ctx, d, m, "outcomes", "mailing")
		if err != nil {
			return "", err
		}
		send, err := m.Send(ctx)
		if err != nil {
			return "", err
		}
		sent := int(lines[0].Sent)
		if err := demo.Until(ctx, "word of each delivery of "+m.Name, func() (bool, error) {
			told := d.program.Sent(int64(send.ID))
			if told > sent {
				return false, fmt.Errorf("the program was told of %d deliveries, of %d", told, sent)
			}
			return told == sent, nil
		}); err != nil {
			return "", err
		}
		total += sent
	}
	messages, wrong := d.program.Told()
	if wrong > 0 {
		return "", fmt.Errorf("%d messages weren't signed as they should be", wrong)
	}
	return fmt.Sprintf("%s signed messages told the program of each of %s deliveries", demo.Grouped(messages), demo.Grouped(total)), nil
}
