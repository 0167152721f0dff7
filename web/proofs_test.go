package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/campaigns"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/web"
	"keur/web/webtest"
)

// pressed is a button that somebody presses who may.
type pressed struct {
	user, path string
	form       url.Values
	done       string // SQL that is true once it is done
}

// asking are the routes by which somebody decides, lets something go on or makes a
// way in of their own. Each makes what there is to press.
var asking = map[string]func(*testing.T, *webtest.Desk) pressed{
	"POST /approvals/:review/approve": func(t *testing.T, d *webtest.Desk) pressed { return verdict(t, d, "approve", approval.Approved) },
	"POST /approvals/:review/changes": func(t *testing.T, d *webtest.Desk) pressed {
		return verdict(t, d, "changes", approval.ChangesRequested)
	},
	"POST /approvals/:review/waive": func(t *testing.T, d *webtest.Desk) pressed {
		pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`INSERT INTO approval_policies (label_id, client_waivable) VALUES ($1, true)`, d.Label.ID)
		})
		m, r := d.Draft(t, d.Brief(t, webtest.TestSlot))
		round := d.Submit(t, m, r)
		d.LookAt(approvaltest.As(d.Users["approver"]), t, round)
		return decides(d.Step(t, round, approval.Client), "waive", url.Values{"reason": {"belt niet terug"}}, approval.Waived)
	},
	"POST /sends/:send/release": func(t *testing.T, d *webtest.Desk) pressed {
		send := stands(t, d, mailings.Held)
		return pressed{
			"approver", fmt.Sprintf("/sends/%d/release", send.ID), url.Values{"seen": {send.HeldReason.String()}},
			`SELECT bool_or(released_by IS NOT NULL) FROM sends`,
		}
	},
	"POST /sends/:send/resume": func(t *testing.T, d *webtest.Desk) pressed {
		send := stands(t, d, mailings.Paused)
		return pressed{
			"approver", fmt.Sprintf("/sends/%d/resume", send.ID), url.Values{"seen": {webtest.Itoa(send.PausedAt.UnixMicro())}},
			`SELECT bool_or(state = 'sending') FROM sends`,
		}
	},
	"POST /series/:series/resume": func(t *testing.T, d *webtest.Desk) pressed {
		d.Plan()
		of := webtest.Series(d, "Welkom", d.Planned.MailingID)
		paused, err := d.Deps.Scheduler.Series.Pause(approvaltest.As(d.Maker), of, d.Maker.ID)
		noError(t, err)
		return pressed{
			"approver", fmt.Sprintf("/series/%d/resume", of), url.Values{"seen": {webtest.Itoa(paused.PausedAt.UnixMicro())}},
			`SELECT bool_and(paused_at IS NULL) FROM series`,
		}
	},
	"POST /sends/:send/reslot": func(t *testing.T, d *webtest.Desk) pressed {
		send := stands(t, d, mailings.Missed)
		return pressed{
			"approver", fmt.Sprintf("/sends/%d/reslot", send.ID), url.Values{"slot": {"2026-11-25T18:00"}},
			`SELECT EXISTS (SELECT FROM send_new_slots)`,
		}
	},
	"POST /advertisers/:advertiser/resume": func(t *testing.T, d *webtest.Desk) pressed {
		stopped, err := d.Advertisers.Stop(approvaltest.As(d.Maker), d.Advertiser.ID, "recall")
		noError(t, err)
		return pressed{
			"planner", fmt.Sprintf("/advertisers/%d/resume", d.Advertiser.ID),
			url.Values{"seen": {webtest.Itoa(stopped.StoppedAt.UnixMicro())}},
			`SELECT bool_and(stopped_at IS NULL) FROM advertisers`,
		}
	},
	"POST /advertisers/:advertiser/contact-changes/:change": func(t *testing.T, d *webtest.Desk) pressed {
		made, err := d.Advertisers.AddContact(approvaltest.As(d.Maker), campaigns.Contact{
			AdvertiserID: d.Advertiser.ID, Name: "Bo", Email: "bo@zonvakantie.example", Locale: "nl", MayApprove: true,
		})
		noError(t, err)
		return pressed{
			"approver", fmt.Sprintf("/advertisers/%d/contact-changes/%d", d.Advertiser.ID, made.Change.ID),
			url.Values{"verdict": {"confirmed"}},
			`SELECT EXISTS (SELECT FROM contacts WHERE name = 'Bo')`,
		}
	},
	"POST /contacts/:contact/vouch": func(_ *testing.T, d *webtest.Desk) pressed {
		return pressed{
			"planner", fmt.Sprintf("/contacts/%d/vouch", d.Contact.ID), url.Values{"seen": {d.Contact.Email}},
			fmt.Sprintf(`SELECT bool_or(vouched_by = 'user:%d') FROM contacts`, d.Users["planner"].ID),
		}
	},
	"POST /settings/changes/:change/:act": func(t *testing.T, d *webtest.Desk) pressed {
		d.AddUser("boss", accounts.User{Admin: true})
		made, err := d.Accounts.Update(approvaltest.As(d.Users["boss"]), d.Users["viewer"].ID, func(u *accounts.User) error {
			u.Admin = true
			return nil
		})
		noError(t, err)
		return pressed{
			"admin", fmt.Sprintf("/settings/changes/%d/confirm", made.Change.ID), url.Values{},
			fmt.Sprintf(`SELECT admin FROM users WHERE id = %d`, d.Users["viewer"].ID),
		}
	},
	"POST /settings/bounces/:tray/:state": func(t *testing.T, d *webtest.Desk) pressed {
		pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
			tx.MustExec(`INSERT INTO bounce_trays (provider, opened_at, suppressed, delivered, usual) VALUES ('outlook', now(), 20, 100, 0.03)`)
			tx.MustExec(`INSERT INTO suppressions (member_id, reason, provider, tray_id) VALUES (1, 'hard_bounce', 'outlook', 1)`)
		})
		return pressed{
			"admin", "/settings/bounces/1/dismissed", url.Values{"members": {"1"}}, `SELECT bool_and(state = 'dismissed') FROM bounce_trays`,
		}
	},
	"POST /templates/:template/approve": func(t *testing.T, d *webtest.Desk) pressed {
		return part(t, d, fmt.Sprintf("/templates/%d/approve", d.OwnTemplate().ID))
	},
	"POST /segments/:segment/approve": func(t *testing.T, d *webtest.Desk) pressed {
		nobody := d.Segment("Niemand", `{"membership":"source","op":"is","value":"nowhere"}`)
		return part(t, d, fmt.Sprintf("/segments/%d/approve", nobody.ID))
	},
	"POST /campaigns/:campaign/approve": func(t *testing.T, d *webtest.Desk) pressed {
		return part(t, d, fmt.Sprintf("/campaigns/%d/approve", d.Campaign.ID))
	},
	"POST /settings/keys": func(*testing.T, *webtest.Desk) pressed {
		return pressed{"admin", "/settings/keys", url.Values{}, `SELECT count(*) > 1 FROM token_keys`}
	},
	"POST /erasures/:erasure": func(_ *testing.T, d *webtest.Desk) pressed {
		return pressed{
			"admin", fmt.Sprintf("/erasures/%d", d.AskErasure().ID), url.Values{"decision": {"approve"}},
			`SELECT EXISTS (SELECT FROM erasure_requests WHERE state = 'approved')`,
		}
	},
	"POST /account/tokens": func(_ *testing.T, d *webtest.Desk) pressed {
		return pressed{
			"approver", "/account/tokens", url.Values{"name": {"laptop"}, "days": {"30"}, "scopes": {"read", "approve"}},
			`SELECT EXISTS (SELECT FROM api_tokens WHERE name = 'laptop')`,
		}
	},
	"POST /account/authenticator": func(_ *testing.T, d *webtest.Desk) pressed {
		return pressed{
			"approver", "/account/authenticator", url.Values{},
			fmt.Sprintf(`SELECT EXISTS (SELECT FROM second_factors WHERE user_id = %d)`, d.Users["approver"].ID),
		}
	},
}

// triedElsewhere are the routes that ask for a proof and are tried by another test, since
// what is pressed is more than a form.
var triedElsewhere = map[string]string{
	"POST /account/passkeys":                 "keur/web/account TestPasskeys",
	"POST /account/passkeys/new":             "keur/web/account TestPasskeys",
	"POST /account/passkeys/:passkey/remove": "keur/web/account TestPasskeys",
	"POST /account/authenticator/confirm":    "takes a code of the new authenticator itself",
	"POST /account/authenticator/codes":      "takes the password itself",
	"POST /account/authenticator/off":        "takes the password itself",
	"POST /account/password":                 "takes the password itself",
	"POST /members/unfounded":                "keur/web/member TestUnfoundedSuppressionsEndAtTheDesk",
}

// TestEveryWayToDecideAsksForAProof presses each button of the desk that decides
// something: without a proof it asks for one and does nothing, and with the
// proof it does what was pressed. Every other way is named, so that a new one
// says which it is.
func TestEveryWayToDecideAsksForAProof(t *testing.T) {
	t.Parallel()
	routes := map[string]bool{}
	for _, r := range web.Routes(webtest.New(t, 1).Deps) {
		if way := r.Method + " " + r.Path; r.Method != http.MethodGet {
			routes[way] = true
			_, asks := asking[way]
			_, tried := triedElsewhere[way]
			if asked := asks || tried; asked == strings.Contains(decidesNothing, "\n"+way+"\n") {
				t.Errorf("say of %s, once, whether it asks for a proof", way)
			}
		}
	}
	for way := range asking {
		if !routes[way] {
			t.Errorf("%s is no route", way)
		}
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			asksForAProof(t, way)
		})
	}
}

func asksForAProof(t *testing.T, way string) {
	d := webtest.New(t, 3)
	p := asking[way](t, d)
	s := webtest.Unproven(d, p.user)
	done := func() (is bool) {
		noError(t, d.Owner.Get(&is, p.done))
		return is
	}
	page := s.Post(p.path, p.form)
	if page.Status != http.StatusForbidden || !strings.Contains(page.Body, `action="/proof`) {
		t.Errorf("without a proof: %d %s", page.Status, page.Body)
	}
	if done() {
		t.Error("it is done without a proof")
	}
	if to := formAction.FindStringSubmatch(page.Body); to != nil {
		form := url.Values{"proof-password": {"not this one"}}
		for name, values := range p.form {
			form[name] = values
		}
		if wrong := s.Post(strings.ReplaceAll(to[1], "&amp;", "&"), form); wrong.Status != http.StatusUnprocessableEntity || done() {
			t.Errorf("with a wrong password: %d", wrong.Status)
		}
	}
	webtest.Prove(d, p.user)
	if got := s.Post(p.path, p.form); got.Status >= http.StatusBadRequest || !done() {
		t.Errorf("with a proof: %d %s", got.Status, got.Body)
	}
}

var formAction = regexp.MustCompile(`action="(/proof[^"]*)"`)

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// verdict has the colleague's step of a mailing decided by a button.
func verdict(t *testing.T, d *webtest.Desk, button string, v approval.Verdict) pressed {
	t.Helper()
	round, review := d.Submitted(d.Brief(t, webtest.TestSlot))
	d.LookAt(approvaltest.As(d.Users["approver"]), t, round)
	return decides(review, button, url.Values{"digest": {round.Digest.String()}, "reason": {"De prijs ontbreekt."}}, v)
}

func decides(id approval.ReviewID, button string, form url.Values, v approval.Verdict) pressed {
	return pressed{
		"approver", fmt.Sprintf("/approvals/%d/%s", id, button), form,
		fmt.Sprintf(`SELECT verdict = '%s' FROM approval_reviews WHERE id = %d`, v, id),
	}
}

// stands puts down a send in a state, whose mails the approver has looked at.
func stands(t *testing.T, d *webtest.Desk, state mailings.SendState) mailings.Send {
	t.Helper()
	d.Plan()
	d.World.Look(approvaltest.As(d.Users["approver"]), t, d.Planned.MailingID)
	pgtest.Unguarded(t, d.Owner, func(tx *sqlx.Tx) {
		tx.MustExec(`UPDATE sends SET state = $1, held_reason = '{"key": "hold.mail"}', paused_by = $2, paused_at = now(),
			frozen_at = now(), started_at = CASE WHEN $1 = 'paused' THEN now() END`, state, d.Colleague.ID)
	})
	send, err := d.Sends.Get(t.Context(), d.Planned.ID)
	noError(t, err)
	return send
}

// part has a part approved alone, as its page shows it.
func part(t *testing.T, d *webtest.Desk, path string) pressed {
	t.Helper()
	form := url.Values{}
	for _, seen := range seenPart.FindAllStringSubmatch(d.As("approver").Get(path).Body, -1) {
		form.Add("seen", seen[1])
	}
	return pressed{"approver", path, form, `SELECT EXISTS (SELECT FROM part_approvals WHERE round_id IS NULL)`}
}

var seenPart = regexp.MustCompile(`name="seen" value="([0-9a-f]{64})"`)
