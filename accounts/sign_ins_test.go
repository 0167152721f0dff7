package accounts

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/notices"
	"keur/internal/pgtest"
	"keur/internal/seal"
)

// house is SignIns over one base, with a user.
type house struct {
	*SignIns
	*Store
	Notices  *notices.Store
	Sessions *Sessions
	Factors  *Factors
	Clock    *clock.Fake
	DB       *sqlx.DB
	Jan      User
}

var (
	office = Origin{Address: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"}
	cafe   = Origin{Address: "198.51.100.7:4711"}
)

// quick is a cost at which a test may try hundreds of passwords.
func quick() *argon2id.Params {
	return &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return houseOver(t, pgtest.New(t))
}

func houseOver(t *testing.T, db *sqlx.DB) *house {
	t.Helper()
	h := &house{DB: db, Clock: start()}
	h.open(t)
	h.Jan = addUser(t, h.Store, "jan@publisher.nl")
	return h
}

// open builds the stores, as each process does.
func (h *house) open(t *testing.T) {
	t.Helper()
	box, err := seal.New([]byte("a secret that only tests know, 32+"))
	if err != nil {
		t.Fatal(err)
	}
	h.Store, h.Notices = NewStore(h.DB, h.Clock, pgtest.Key()), notices.NewStore(h.DB, box, h.Clock)
	h.hasher.cost = quick()
	h.Sessions = NewSessions(h.Store)
	h.Factors = NewFactors(h.Store, box)
	h.SignIns = NewSignIns(SignInParts{Users: h.Store, Factors: h.Factors, Notices: h.Notices, Box: box,
		PasswordURL: "https://desk.example/password/"})
}

func (h *house) in(t *testing.T, password string, from Origin) string {
	t.Helper()
	in, err := h.SignIn(t.Context(), "JAN@publisher.nl", password, from)
	if err != nil || in.Token == "" || in.Pending != "" || in.UserID != h.Jan.ID {
		t.Fatal(in, err)
	}
	return in.Token
}

func (h *house) out(t *testing.T, token, why string) {
	t.Helper()
	if _, err := h.Sessions.User(t.Context(), token); !fault.Is(err, fault.Forbidden) {
		t.Errorf("still in, though %s: %v", why, err)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	ctx, h := t.Context(), newHouse(t)
	for _, c := range [][2]string{{"jan@publisher.nl", "iets anders dan dit"}, {"piet@publisher.nl", sentence}, {"", ""},
		{"jan@publisher.nl", "nobody's password"}} {
		if _, err := h.SignIn(ctx, c[0], c[1], office); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%q: %v", c, err)
		}
	}
	token := h.in(t, sentence, Origin{Address: "192.0.2.1", UserAgent: "Firefox\x00"})
	if got, err := h.Sessions.User(ctx, token); err != nil || got.ID != h.Jan.ID {
		t.Errorf("%+v, %v", got, err)
	}
	h.Clock.Add(23 * time.Hour)
	if _, err := h.Sessions.User(ctx, token); err != nil {
		t.Errorf("a day's work: %v", err)
	}
	h.Clock.Add(25 * time.Hour)
	h.out(t, token, "away too long")
	if err := h.Sessions.DeleteExpired(ctx); err != nil {
		t.Error(err)
	}
	token = h.in(t, sentence, office)
	for range 14 {
		h.Clock.Add(23 * time.Hour)
		_, _ = h.Sessions.User(ctx, token)
	}
	h.Clock.Add(15 * time.Hour)
	h.out(t, token, "two weeks are over")
	token = h.in(t, sentence, office)
	if err := h.Sessions.SignOut(ctx, token); err != nil {
		t.Fatal(err)
	}
	h.out(t, token, "signed out")
	token = h.in(t, sentence, office)
	if _, err := h.Disable(ctx, h.Jan.ID); err != nil {
		t.Fatal(err)
	}
	h.out(t, token, "disabled")
	if _, err := h.SignIn(ctx, "jan@publisher.nl", sentence, office); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a disabled user: %v", err)
	}
}

func TestAPasswordEndsSessions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := pgtest.Acting(t.Context(), h.Jan.ID.Actor())
	token := h.in(t, sentence, office)
	if err := h.SetPassword(ctx, h.Jan.ID, "een andere goede zin"); err != nil {
		t.Fatal(err)
	}
	h.out(t, token, "the password it began with is gone")
	if _, err := h.SignIn(ctx, "jan@publisher.nl", sentence, office); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the old password: %v", err)
	}
	here, there := h.in(t, "een andere goede zin", office), h.in(t, "een andere goede zin", cafe)
	if err := h.ChangePassword(ctx, h.Jan.ID, sentence, "nog een goede zin", here); !fault.Is(err, fault.Forbidden) {
		t.Errorf("changed without the old one: %v", err)
	}
	if err := h.ChangePassword(ctx, h.Jan.ID, "een andere goede zin", "nog een goede zin", here); err != nil {
		t.Fatal(err)
	}
	h.out(t, there, "the password was changed elsewhere")
	due, err := h.Notices.Claim(pgtest.Acting(ctx, "system:notices"), 10)
	if err != nil || len(due) != 1 || !strings.Contains(due[0].Body, "Was jij dat niet") {
		t.Errorf("the mail that tells it: %+v, %v", due, err)
	}
	if _, err := h.Sessions.User(ctx, here); err != nil {
		t.Errorf("where it was changed: %v", err)
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	ctx, h := t.Context(), newHouse(t)
	here, there, third := h.in(t, sentence, office), h.in(t, sentence, cafe), h.in(t, sentence, Origin{Address: "2001:db8:1:2::3"})
	list, err := h.Sessions.Of(ctx, h.Jan.ID, here)
	if err != nil || len(list) != 3 || !list[0].Current || list[1].Current {
		t.Fatalf("%+v, %v", list, err)
	}
	if s := list[0]; s.Address != "192.0.2.0/24" || s.Agent() != "Firefox, Linux" {
		t.Errorf("%q by %q", s.Address, s.Agent())
	}
	if list[1].Address != "2001:db8:1::/48" {
		t.Errorf("%q", list[1].Address)
	}
	piet := addUser(t, h.Store, "piet@publisher.nl")
	if err := h.Sessions.End(ctx, piet.ID, list[1].ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("someone else's: %v", err)
	}
	if err := h.Sessions.End(ctx, h.Jan.ID, list[1].ID); err != nil {
		t.Fatal(err)
	}
	h.out(t, third, "ended from elsewhere")
	if n, err := h.Sessions.EndOthers(ctx, h.Jan.ID, here); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	h.out(t, there, "all others were ended")
	if _, err := h.Sessions.User(ctx, here); err != nil {
		t.Error(err)
	}
}

func TestTriesAreCountedOverAllProcesses(t *testing.T) {
	t.Parallel()
	ctx, one := t.Context(), newHouse(t)
	other := &house{DB: one.DB, Clock: one.Clock}
	other.open(t)

	var refused, limited atomic.Int32
	var all sync.WaitGroup
	for i := range 3 * triesPerPair {
		h := one
		if i%2 == 0 {
			h = other
		}
		all.Go(func() {
			_, err := h.SignIn(ctx, "jan@publisher.nl", "een gok die mis is", office)
			switch fault.Of(err) {
			case fault.Forbidden:
				refused.Add(1)
			case fault.Limited:
				limited.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if refused.Load() != triesPerPair || limited.Load() != 2*triesPerPair {
		t.Errorf("%d passwords were looked at, %d tries turned away", refused.Load(), limited.Load())
	}
	if _, err := one.SignIn(ctx, "jan@publisher.nl", sentence, office); !fault.Is(err, fault.Limited) {
		t.Errorf("the right password while limited: %v", err)
	}
	one.Clock.Add(triesWindow + time.Second)
	one.in(t, sentence, office)
}

// Many addresses that guess are held back together, and where Jan works he
// still gets in, as he does by a link by mail from anywhere.
func TestOutsidersLockNobodyOut(t *testing.T) {
	t.Parallel()
	ctx, h := t.Context(), newHouse(t)
	h.in(t, sentence, office)
	guess := func(i int) error {
		_, err := h.SignIn(ctx, "jan@publisher.nl", "een gok die mis is", Origin{Address: fmt.Sprintf("203.0.113.%d", i)})
		return err
	}
	for i := range triesPerAccount - 1 { // one was Jan's own, from the office
		if err := guess(i); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	if err := guess(200); !fault.Is(err, fault.Limited) {
		t.Errorf("a guess from one more address: %v", err)
	}
	if _, err := h.SignIn(ctx, "jan@publisher.nl", sentence, cafe); !fault.Is(err, fault.Limited) {
		t.Errorf("from a new place meanwhile: %v", err)
	}
	h.in(t, sentence, office)
	if err := h.ForgotPassword(ctx, "jan@publisher.nl", cafe); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SetPasswordByToken(ctx, h.mailed(t), "een andere goede zin", cafe); err != nil {
		t.Fatal(err)
	}
	h.in(t, "een andere goede zin", cafe)
}

// Of IPv6 the network counts. Who worked there before isn't kept out by what
// strangers try there.
func TestTriesFromOneAddressAreCounted(t *testing.T) {
	t.Parallel()
	ctx, h := t.Context(), newHouse(t)
	addUser(t, h.Store, "piet@publisher.nl")
	there := Origin{Address: "2001:db8::ffff"}
	h.in(t, sentence, there)
	for i := range triesPerAddress - 1 {
		if err := h.countSignIn(ctx, 0, strings.Repeat("x", i), Origin{Address: fmt.Sprintf("[2001:db8::%x]:1", i)}); err != nil {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	if _, err := h.SignIn(ctx, "piet@publisher.nl", sentence, there); !fault.Is(err, fault.Limited) {
		t.Errorf("one try more: %v", err)
	}
	h.in(t, sentence, there)
}

var linkShape = regexp.MustCompile(`https://desk\.example/password/(\S+)`)

// mailed returns the token of the link that was mailed to Jan last.
func (h *house) mailed(t *testing.T) string {
	t.Helper()
	token, _ := h.mailedTo(t, h.Jan.Email)
	return token
}

func (h *house) mailedTo(t *testing.T, email string) (token, body string) {
	t.Helper()
	due, err := h.Notices.Claim(pgtest.Acting(t.Context(), "system:notices"), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range due {
		if found := linkShape.FindStringSubmatch(n.Body); found != nil && n.Recipient == email {
			token, body = found[1], n.Body
		}
	}
	return token, body
}
