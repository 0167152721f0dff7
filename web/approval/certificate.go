package approval

import (
	"bytes"
	"fmt"
	"net/http"

	"keur/approval"
	"keur/internal/fault"
	"keur/mailings"
	"keur/web/desk"
)

// papers hands out what proves a round.
type papers struct{ *Screen }

// certificate hands out the proof of who approved what when.
func (s *papers) certificate(x *desk.Exchange) error {
	id, err := x.ID("round")
	if err != nil {
		return err
	}
	c, err := s.Certificates.Issue(x.Context(), approval.RoundID(id))
	if err != nil {
		return err
	}
	if c.Mailing.ID != desk.Found[mailings.Mailing](x).ID {
		return desk.NotHere()
	}
	desk.Kept(x, &c)
	if x.Query("format") == "json" {
		x.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="keur-certificate-%d.json"`, id))
		x.JSON(http.StatusOK, c)
		return nil
	}
	var pdf bytes.Buffer
	if err := c.PDF(&pdf); err != nil {
		return fault.Wrap(err, fault.Internal, "approval.certificate_undrawn")
	}
	x.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="keur-certificate-%d.pdf"`, id))
	x.Send(http.StatusOK, "application/pdf", pdf.Bytes())
	return nil
}
