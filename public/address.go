package public

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"keur/internal/fault"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
	"keur/tracking"
)

// addressForm is what the page shows on which a member asks for another address.
type addressForm struct {
	Address  string // as typed
	Complain string // about it
}

// addressPages are where members change their address themselves: asked for from
// their preferences, confirmed by a link that goes to the new address.
type addressPages struct{ *server }

// form asks for the new address.
func (d addressPages) form(c *gin.Context) {
	if _, label, ok := d.delivery(c, tracking.Preferences); ok {
		d.showForm(c, http.StatusOK, label, addressForm{})
	}
}

func (d addressPages) showForm(c *gin.Context, status int, label labels.Label, form addressForm) {
	say := words.In(label.Locale)
	d.pages.show(c, status, "address", page{
		Say: say, Label: &label, Title: say.T("member_page.address"), Text: say.T("member_page.address_text"), Content: form,
	})
}

// ask mails the link. Its answer is the same whoever has the address.
func (d addressPages) ask(c *gin.Context) {
	form, err := formOf(c)
	if err != nil {
		d.fail(c, err)
		return
	}
	ref, label, ok := d.delivery(c, tracking.Preferences)
	if !ok {
		return
	}
	typed := form.Get("address")
	say := words.In(label.Locale)
	err = d.Addresses.Ask(d.Key.Acting(c.Request.Context(), "member"), label, members.ID(ref.Member), typed)
	switch kind := fault.Of(err); {
	case err == nil:
		d.pages.show(c, http.StatusOK, "message", page{
			Say: say, Label: &label, Title: say.T("member_page.address_asked"),
			Text: say.T("member_page.address_asked_text", "address", typed),
		})
	case kind == fault.Invalid, kind == fault.Limited:
		d.showForm(c, kind.Status(), label, addressForm{typed, complaintOf(say, err)})
	default:
		d.fail(c, err)
	}
}

// complaintOf returns what is wrong with the one field of a form.
func complaintOf(say words.Speaker, err error) string {
	var wrong *fault.Error
	if errors.As(err, &wrong) && len(wrong.Details) > 0 {
		return say.Sentence(wrong.Details[0].Message)
	}
	return say.Sentence(words.OfError(err))
}

// confirm shows what a link would do and changes nothing, since scanners follow
// links.
func (d addressPages) confirm(c *gin.Context) {
	link, label, ok := d.link(c)
	if !ok {
		return
	}
	say := words.In(label.Locale)
	d.pages.show(c, http.StatusOK, "address_confirm", page{
		Say: say, Label: &label, Title: say.T("member_page.address_confirm", "label", label.Name),
		Text: say.T("member_page.address_confirm_text", "address", link.Address),
	})
}

// follow gives the member the address.
func (d addressPages) follow(c *gin.Context) {
	link, label, ok := d.link(c)
	if !ok {
		return
	}
	say := words.In(label.Locale)
	shown, status := page{
		Say: say, Label: &label, Title: say.T("member_page.address_done"),
		Text: say.T("member_page.address_done_text", "label", label.Name, "address", link.Address),
	}, http.StatusOK
	switch err := d.Addresses.Follow(d.Key.Acting(c.Request.Context(), "member"), label, c.Param("token")); fault.Of(err) {
	case fault.NotFound: // another request was faster
		d.over(c)
		return
	case fault.Conflict:
		shown.Title, shown.Text, status = say.T("member_page.address_taken"), say.T("member_page.address_taken_text"), http.StatusConflict
	default:
		if err != nil {
			d.fail(c, err)
			return
		}
	}
	d.pages.show(c, status, "message", shown)
}

// link returns the link that the path opens, and its label. It answers itself when
// it opens none.
func (d addressPages) link(c *gin.Context) (members.AddressLink, labels.Label, bool) {
	ctx := d.Key.Acting(c.Request.Context(), "member")
	link, err := d.Addresses.Open(ctx, c.Param("token"))
	if fault.Is(err, fault.NotFound) {
		d.over(c)
		return link, labels.Label{}, false
	}
	var label labels.Label
	if err == nil {
		label, err = d.Labels.Get(ctx, link.Label)
	}
	if err != nil {
		d.fail(c, err)
	}
	return link, label, err == nil
}

// over says that a link isn't good any more, in no label's look.
func (d addressPages) over(c *gin.Context) {
	say := words.In(words.Preferred(c.GetHeader("Accept-Language")))
	d.pages.show(c, http.StatusNotFound, "message", page{
		Say: say, Title: say.T("member_page.address_over"), Text: say.T("member_page.address_over_text"),
	})
}
