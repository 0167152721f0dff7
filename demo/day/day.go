// Package day plays the main job of Keur on real input, through nothing but its
// servers: the API, the public pages, the mailboxes of members, and the SMTP
// listener for what comes back. It ends with the table of outcomes, and fails if
// a rule could be bypassed, or if what was counted isn't what the crowd did.
package day

import (
	"context"
	"time"

	"keur/demo"
)

// day is a publisher's day, with what it has made so far.
type day struct {
	*demo.Publisher
	planning time.Duration // what the campaigns took
	slot     time.Time     // of both mailings
	mailings []*demo.Mailing
	trial    *demo.Mailing // on which everything that isn't allowed is tried
	refusals int
	sent     time.Time // when the last send was finished
	letters  []*demo.Letter
	acts     map[demo.ActKind][]demo.Act
	crowd    map[demo.ActKind]int // by their own account

	soldBefore int            // of the months before
	program    *demo.Receiver // which is told what happens
}

// Page is something to look at.
type Page struct{ What, Where string }

// Play lets the day happen. Returns pages of members, to look at afterwards.
func Play(ctx context.Context, p *demo.Publisher) ([]Page, error) {
	d := &day{Publisher: p, acts: map[demo.ActKind][]demo.Act{}}
	if err := p.Perform(ctx, []demo.Scene{
		{Name: "series", Play: newcomers{d}.follow},
		{Name: "webhooks", Play: d.tellAProgram},
		{Name: "campaigns", Play: d.planCampaigns},
		{Name: "products", Play: feeds{d}.take},
		{Name: "mailings", Play: d.writeMailings},
		{Name: "approval", Play: d.approveMailings},
		{Name: "bypasses", Play: d.tryBypasses},
		{Name: "admins", Play: d.letAdminsAgree},
		{Name: "sending", Play: d.waitForSends},
		{Name: "machines", Play: d.letMachinesIn},
		{Name: "members act", Play: d.letMembersAct},
		{Name: "returns", Play: d.sendReturns},
		{Name: "sales", Play: d.bookSales},
		{Name: "outcomes", Play: d.countOutcomes},
		{Name: "told", Play: d.compareWhatWasTold},
	}...); err != nil {
		return nil, err
	}
	if err := d.showOutcomes(ctx); err != nil {
		return nil, err
	}
	first, last := d.letters[0], d.letters[len(d.letters)-1]
	return []Page{
		{"a mail as a web page", p.Public + first.View},
		{"another", p.Public + last.View},
		{"a member's preferences", p.Public + first.Preferences},
	}, nil
}
