"""Who may do what to whom. Written by hand, out of the rules of the bureau and not out of the code.

A row is an operation, the thing that it is about, and what happens to each kind of caller:
`ok`; `401` not signed in; `403` not entitled; `404` no hint that there is such a thing; `409` entitled, but the
state of things does not allow it.

Things of the citizens: what is `own`; what belongs to the person whom `look` and `certify` help (`helped`); what
belongs to a `stranger`; requests in which the caller is `asked` by, or is `asking`, somebody else.

Things of the staff, who all work in one agency and hold their roles over it and what is below: `inside` their
agencies, `outside` in another one, `above` in the province's own; `mixed`, a person inside with a thing of
somebody outside; the account of oneself (`self`), or of a colleague whose rights reach `wider` than the caller's;
approvals that somebody else asked for (`card_`, `role_`), that the caller asked for (`mine`), whose task the
caller has taken (`held`); ordinary work to `review` that the caller has taken (`reviewing`); payouts that were `sent_back`, or are
`doubtful`, inside and elsewhere (`_there`), and stop switches that are on or off; differences that are `ended`, days of
reconciliation that were `compared` or are `due`; bills that were `paid` and then got into trouble, inside and elsewhere; a role `over_there`, `over_all`, for an `outsider` or for `myself`. Who has nothing of
the kind tries somebody else's.
"""
# ruff: noqa: E501

PUBLIC = """
#                                                                          everybody
GET    /healthz                                               -            ok
GET    /readyz                                                -            ok
GET    /metrics                                               -            ok
GET    /api/openapi.json                                      -            ok
GET    /api/docs                                              -            ok
GET    /api/docs/                                             -            ok
GET    /api/docs/start.js                                     -            ok
GET    /api/docs/assets/{name}                                asset        ok
GET    /api/docs/assets/{name}                                file         404
GET    /callbacks/wechat                                      -            ok
POST   /callbacks/wechat                                      -            ok
POST   /callbacks/wechat-pay                                  -            ok
GET    /api/v1/js-config                                      -            ok
POST   /api/v1/sign-in/miniprogram                            -            ok
POST   /api/v1/sign-in/official-account/start                 -            ok
POST   /api/v1/sign-in/official-account                       -            ok
POST   /api/v1/sign-in/phone/codes                            -            ok
POST   /api/v1/sign-in/phone                                  -            ok
POST   /api/v1/documents/verifications                        -            ok
GET    /verify                                                -            ok
GET    /verify/{name}                                         page         ok
GET    /verify/{name}                                         file         404
POST   /api/admin/v1/session                                  -            ok
GET    /                                                      -            ok
GET    /m/                                                    -            ok
GET    /m/{path}                                              client       ok
GET    /console/                                              -            ok
GET    /console/{path}                                        client       ok
"""
"""Callbacks are open to whoever signs as WeChat does."""

CITIZENS = """
# others: nobody, all staff, and a staff session in the citizens' cookie
#                                                                          others citizen bound look certify
DELETE /session                                               -            401    ok      ok    ok   ok
GET    /me                                                    -            401    ok      ok    ok   ok
GET    /sessions                                              -            401    ok      ok    ok   ok
DELETE /sessions                                              -            401    ok      ok    ok   ok
DELETE /sessions/{session_id}                                 own          401    ok      ok    ok   ok
DELETE /sessions/{session_id}                                 helped       401    404     404   404  404
DELETE /sessions/{session_id}                                 stranger     401    404     404   404  404
DELETE /sessions/{session_id}                                 other        401    404     404   404  404
POST   /phone/wechat                                          -            401    ok      ok    ok   ok
POST   /phone/codes                                           -            401    ok      ok    ok   ok
PUT    /phone                                                 -            401    ok      ok    ok   ok
POST   /binding                                               -            401    ok      409   409  409
DELETE /binding                                               -            401    403     ok    ok   ok
GET    /channels                                              -            401    ok      ok    ok   ok
DELETE /channels/{channel_id}                                 own          401    ok      ok    ok   ok
DELETE /channels/{channel_id}                                 helped       401    404     404   404  404
DELETE /channels/{channel_id}                                 stranger     401    404     404   404  404
GET    /people/{person_id}                                    own          401    403     ok    ok   ok
GET    /people/{person_id}                                    helped       401    403     404   ok   404
GET    /people/{person_id}                                    stranger     401    403     404   404  404
GET    /people/{person_id}/enrolments                         own          401    403     ok    ok   ok
GET    /people/{person_id}/enrolments                         helped       401    403     404   ok   404
GET    /people/{person_id}/enrolments                         stranger     401    403     404   404  404
GET    /people/{person_id}/access-log                         own          401    403     ok    ok   ok
GET    /people/{person_id}/access-log                         helped       401    403     404   ok   404
GET    /people/{person_id}/access-log                         stranger     401    403     404   404  404
GET    /people/{person_id}/accounts                           own          401    403     ok    ok   ok
GET    /people/{person_id}/accounts                           helped       401    403     404   ok   404
GET    /people/{person_id}/accounts                           stranger     401    403     404   404  404
GET    /people/{person_id}/contribution-months                own          401    403     ok    ok   ok
GET    /people/{person_id}/contribution-months                helped       401    403     404   ok   404
GET    /people/{person_id}/contribution-months                stranger     401    403     404   404  404
GET    /people/{person_id}/contribution-months.xlsx           own          401    403     ok    ok   ok
GET    /people/{person_id}/contribution-months.xlsx           helped       401    403     404   ok   404
GET    /people/{person_id}/contribution-months.xlsx           stranger     401    403     404   404  404
GET    /people/{person_id}/contribution-years                 own          401    403     ok    ok   ok
GET    /people/{person_id}/contribution-years                 helped       401    403     404   ok   404
GET    /people/{person_id}/contribution-years                 stranger     401    403     404   404  404
GET    /people/{person_id}/interest                           own          401    403     ok    ok   ok
GET    /people/{person_id}/interest                           helped       401    403     404   ok   404
GET    /people/{person_id}/interest                           stranger     401    403     404   404  404
POST   /people/{person_id}/statements                         own          401    403     ok    ok   ok
POST   /people/{person_id}/statements                         helped       401    403     404   ok   404
POST   /people/{person_id}/statements                         stranger     401    403     404   404  404
GET    /people/{person_id}/pension-estimate                   own          401    403     ok    ok   ok
GET    /people/{person_id}/pension-estimate                   helped       401    403     404   ok   404
GET    /people/{person_id}/pension-estimate                   stranger     401    403     404   404  404
GET    /people/{person_id}/documents                          own          401    403     ok    ok   ok
GET    /people/{person_id}/documents                          helped       401    403     404   ok   404
GET    /people/{person_id}/documents                          stranger     401    403     404   404  404
GET    /documents/{document_id}                               own          401    403     ok    ok   ok
GET    /documents/{document_id}                               helped       401    403     404   ok   404
GET    /documents/{document_id}                               stranger     401    403     404   404  404
GET    /documents/{document_id}.pdf                           own          401    403     ok    ok   ok
GET    /documents/{document_id}.pdf                           helped       401    403     404   ok   404
GET    /documents/{document_id}.pdf                           stranger     401    403     404   404  404
GET    /family                                                -            401    403     ok    ok   ok
POST   /family                                                -            401    403     ok    ok   ok
POST   /family/{delegation_id}/agree                          asked        401    403     ok    ok   ok
POST   /family/{delegation_id}/agree                          asking       401    403     404   404  404
POST   /family/{delegation_id}/agree                          stranger     401    403     404   404  404
POST   /family/{delegation_id}/refuse                         asked        401    403     ok    ok   ok
POST   /family/{delegation_id}/refuse                         asking       401    403     404   404  404
POST   /family/{delegation_id}/refuse                         stranger     401    403     404   404  404
POST   /family/{delegation_id}/end                            asked        401    403     ok    ok   ok
POST   /family/{delegation_id}/end                            asking       401    403     ok    ok   ok
POST   /family/{delegation_id}/end                            stranger     401    403     404   404  404
GET    /bills                                                 -            401    403     ok    ok   ok
GET    /bills/{bill_id}                                       own          401    403     ok    ok   ok
GET    /bills/{bill_id}                                       helped       401    403     404   ok   404
GET    /bills/{bill_id}                                       stranger     401    403     404   404  404
GET    /bills/{bill_id}/payment                               own          401    403     ok    ok   ok
GET    /bills/{bill_id}/payment                               helped       401    403     404   ok   404
GET    /bills/{bill_id}/payment                               stranger     401    403     404   404  404
POST   /bills/{bill_id}/payment                               own          401    403     ok    ok   ok
POST   /bills/{bill_id}/payment                               helped       401    403     404   403  404
POST   /bills/{bill_id}/payment                               stranger     401    403     404   404  404
GET    /messages                                              -            401    403     ok    ok   ok
POST   /messages/{message_id}/read                            own          401    403     ok    ok   ok
POST   /messages/{message_id}/read                            helped       401    403     404   404  404
POST   /messages/{message_id}/read                            stranger     401    403     404   404  404
GET    /consents                                              -            401    ok      ok    ok   ok
POST   /consents                                              -            401    ok      ok    ok   ok
"""

STAFF = """
# others: nobody, all citizens, and a citizen's session in the staff's cookie
# none: holds no role; change: a clerk whose password must be changed first
#                                                                          others clerk superv system secur audit none change
DELETE /session                                               -            401    ok    ok     ok     ok    ok    ok   ok
GET    /me                                                    -            401    ok    ok     ok     ok    ok    ok   ok
PUT    /me/password                                           -            401    ok    ok     ok     ok    ok    ok   ok
GET    /sessions                                              -            401    ok    ok     ok     ok    ok    ok   403
DELETE /sessions/{session_id}                                 own          401    ok    ok     ok     ok    ok    ok   403
DELETE /sessions/{session_id}                                 other        401    404   404    404    404   404   404  403
DELETE /sessions/{session_id}                                 stranger     401    404   404    404    404   404   404  403
GET    /staff                                                 -            401    403   403    ok     ok    403   403  403
GET    /staff.xlsx                                            -            401    403   403    ok     ok    403   403  403
POST   /staff                                                 inside       401    403   403    ok     403   403   403  403
POST   /staff                                                 outside      401    403   403    403    403   403   403  403
POST   /staff                                                 above        401    403   403    403    403   403   403  403
GET    /staff/{staff_id}                                      inside       401    403   403    ok     ok    403   403  403
GET    /staff/{staff_id}                                      wider        401    403   403    ok     ok    403   403  403
GET    /staff/{staff_id}                                      outside      401    403   403    404    404   403   403  403
PATCH  /staff/{staff_id}                                      inside       401    403   403    ok     403   403   403  403
PATCH  /staff/{staff_id}                                      self         401    403   403    409    403   403   403  403
PATCH  /staff/{staff_id}                                      wider        401    403   403    403    403   403   403  403
PATCH  /staff/{staff_id}                                      outside      401    403   403    404    403   403   403  403
POST   /staff/{staff_id}/reset-password                       inside       401    403   403    ok     403   403   403  403
POST   /staff/{staff_id}/reset-password                       self         401    403   403    409    403   403   403  403
POST   /staff/{staff_id}/reset-password                       wider        401    403   403    403    403   403   403  403
POST   /staff/{staff_id}/reset-password                       outside      401    403   403    404    403   403   403  403
POST   /staff/{staff_id}/reset-totp                           inside       401    403   403    403    ok    403   403  403
POST   /staff/{staff_id}/reset-totp                           self         401    403   403    403    409   403   403  403
POST   /staff/{staff_id}/reset-totp                           wider        401    403   403    403    403   403   403  403
POST   /staff/{staff_id}/reset-totp                           outside      401    403   403    403    404   403   403  403
POST   /staff/{staff_id}/unlock                               inside       401    403   403    403    ok    403   403  403
POST   /staff/{staff_id}/unlock                               self         401    403   403    403    409   403   403  403
POST   /staff/{staff_id}/unlock                               wider        401    403   403    403    403   403   403  403
POST   /staff/{staff_id}/unlock                               outside      401    403   403    403    404   403   403  403
GET    /functions                                             -            401    ok    ok     ok     ok    ok    ok   403
GET    /roles                                                 -            401    ok    ok     ok     ok    ok    ok   403
POST   /role-changes                                          inside       401    403   403    ok     ok    403   403  403
POST   /role-changes                                          outsider     401    403   403    404    404   403   403  403
POST   /role-changes                                          over_there   401    403   403    403    403   403   403  403
POST   /role-changes                                          over_all     401    403   403    403    403   403   403  403
POST   /role-changes                                          myself       401    403   403    403    403   403   403  403
GET    /agencies                                              -            401    ok    ok     ok     ok    ok    ok   403
POST   /agencies                                              inside       401    403   403    ok     403   403   403  403
POST   /agencies                                              outside      401    403   403    403    403   403   403  403
POST   /agencies                                              above        401    403   403    403    403   403   403  403
GET    /approvals                                             -            401    ok    ok     ok     ok    ok    ok   403
GET    /approvals/{approval_id}                               card_inside  401    404   ok     404    404   404   404  403
GET    /approvals/{approval_id}                               card_outside 401    404   404    404    404   404   404  403
GET    /approvals/{approval_id}                               role_inside  401    404   404    404    ok    404   404  403
GET    /approvals/{approval_id}                               role_outside 401    404   404    404    404   404   404  403
GET    /approvals/{approval_id}                               mine         401    ok    ok     ok     ok    404   404  403
POST   /approvals/{approval_id}/approve                       card_inside  401    404   ok     404    404   404   404  403
POST   /approvals/{approval_id}/approve                       card_outside 401    404   404    404    404   404   404  403
POST   /approvals/{approval_id}/approve                       role_inside  401    404   404    404    ok    404   404  403
POST   /approvals/{approval_id}/approve                       role_outside 401    404   404    404    404   404   404  403
POST   /approvals/{approval_id}/approve                       mine         401    403   403    403    403   404   404  403
POST   /approvals/{approval_id}/reject                        card_inside  401    404   ok     404    404   404   404  403
POST   /approvals/{approval_id}/reject                        card_outside 401    404   404    404    404   404   404  403
POST   /approvals/{approval_id}/reject                        role_inside  401    404   404    404    ok    404   404  403
POST   /approvals/{approval_id}/reject                        role_outside 401    404   404    404    404   404   404  403
POST   /approvals/{approval_id}/reject                        mine         401    403   403    403    403   404   404  403
POST   /approvals/{approval_id}/withdraw                      card_inside  401    404   403    404    404   404   404  403
POST   /approvals/{approval_id}/withdraw                      card_outside 401    404   404    404    404   404   404  403
POST   /approvals/{approval_id}/withdraw                      role_inside  401    404   404    404    403   404   404  403
POST   /approvals/{approval_id}/withdraw                      role_outside 401    404   404    404    404   404   404  403
POST   /approvals/{approval_id}/withdraw                      mine         401    ok    ok     ok     ok    404   404  403
GET    /payouts                                               -            401    ok     ok   403    403   403   403  403
GET    /payout-board                                          -            401    ok     ok   403    403   403   403  403
GET    /payouts/{payout_id}                                   inside       401    ok     ok   403    403   403   403  403
GET    /payouts/{payout_id}                                   outside      401    404    404  403    403   403   403  403
POST   /people/{person_id}/payouts                            inside       401    ok     403  403    403   403   403  403
POST   /people/{person_id}/payouts                            outside      401    404    403  403    403   403   403  403
POST   /payout-releases                                       inside       401    ok     403  403    403   403   403  403
POST   /payout-releases                                       outside      401    404    403  403    403   403   403  403
GET    /collections                                           -            401    ok    ok     403    403   403   403  403
GET    /collection-board                                      -            401    ok    ok     403    403   403   403  403
GET    /collections/{collection_id}                           inside       401    ok    ok     403    403   403   403  403
GET    /collections/{collection_id}                           outside      401    404   404    403    403   403   403  403
GET    /collections/{collection_id}                           above        401    404   404    403    403   403   403  403
POST   /people/{person_id}/collections                        inside       401    ok    403    403    403   403   403  403
POST   /people/{person_id}/collections                        outside      401    404   403    403    403   403   403  403
POST   /people/{person_id}/collections                        above        401    404   403    403    403   403   403  403
POST   /collections/{collection_id}/withdraw                  inside       401    ok    403    403    403   403   403  403
POST   /collections/{collection_id}/withdraw                  paid         401    409   403    403    403   403   403  403
POST   /collections/{collection_id}/withdraw                  outside      401    404   403    403    403   403   403  403
POST   /collections/{collection_id}/refunds                   paid         401    ok    403    403    403   403   403  403
POST   /collections/{collection_id}/refunds                   inside       401    409   403    403    403   403   403  403
POST   /collections/{collection_id}/refunds                   paid_there   401    404   403    403    403   403   403  403
POST   /collections/{collection_id}/look-again                paid         401    ok    403    403    403   403   403  403
POST   /collections/{collection_id}/look-again                paid_there   401    404   403    403    403   403   403  403
POST   /collections/{collection_id}/close-case                paid         401    ok    403    403    403   403   403  403
POST   /collections/{collection_id}/close-case                inside       401    409   403    403    403   403   403  403
POST   /collections/{collection_id}/close-case                paid_there   401    404   403    403    403   403   403  403
GET    /reconciliation-board                                  -            401    ok    ok     403    403   403   403  403
GET    /reconciliation-days                                   -            401    ok    ok     403    403   403   403  403
GET    /reconciliation-differences                            -            401    ok    ok     403    403   403   403  403
GET    /reconciliation-differences/{difference_id}            inside       401    ok    ok     403    403   403   403  403
GET    /reconciliation-differences/{difference_id}            ended        401    ok    ok     403    403   403   403  403
GET    /reconciliation-differences/{difference_id}            outside      401    404   404    403    403   403   403  403
GET    /reconciliation-differences/{difference_id}            above        401    404   404    403    403   403   403  403
POST   /reconciliation-differences/{difference_id}/resolve    inside       401    ok    ok     403    403   403   403  403
POST   /reconciliation-differences/{difference_id}/resolve    ended        401    409   409    403    403   403   403  403
POST   /reconciliation-differences/{difference_id}/resolve    outside      401    404   404    403    403   403   403  403
POST   /reconciliation-differences/{difference_id}/resolve    above        401    404   404    403    403   403   403  403
POST   /reconciliation-days/{day_id}/run                      compared     401    ok    ok     403    403   403   403  403
POST   /reconciliation-days/{day_id}/run                      due          401    409   409    403    403   403   403  403
POST   /payouts/{payout_id}/cancel                            inside       401    ok     403  403    403   403   403  403
POST   /payouts/{payout_id}/cancel                            outside      401    404    403  403    403   403   403  403
POST   /payouts/{payout_id}/reissue                           sent_back    401    ok     403  403    403   403   403  403
POST   /payouts/{payout_id}/reissue                           sent_back_there 401    404    403  403    403   403   403  403
POST   /payouts/{payout_id}/reissue                           inside       401    409    403  403    403   403   403  403
POST   /payouts/{payout_id}/resolutions                       doubtful     401    ok     403  403    403   403   403  403
POST   /payouts/{payout_id}/resolutions                       doubtful_there 401    404    403  403    403   403   403  403
POST   /payouts/{payout_id}/resolutions                       inside       401    409    403  403    403   403   403  403
PUT    /payout-stops/{scope}                                  switch_on    401    403    ok   403    403   403   403  403
PUT    /payout-stops/{scope}                                  switch_off   401    403    409  403    403   403   403  403
DELETE /payout-stops/{scope}                                  switch_off   401    403    ok   403    403   403   403  403
DELETE /payout-stops/{scope}                                  switch_on    401    403    409  403    403   403   403  403
GET    /tasks                                                 -            401    ok    ok     ok     ok    ok    ok   403
POST   /tasks/{task_id}/claim                                 review       401    ok    ok     404    404   404   404  403
POST   /tasks/{task_id}/claim                                 review_there 401    404   404    404    404   404   404  403
POST   /tasks/{task_id}/claim                                 card_inside  401    404   ok     404    404   404   404  403
POST   /tasks/{task_id}/claim                                 card_outside 401    404   404    404    404   404   404  403
POST   /tasks/{task_id}/claim                                 role_inside  401    404   404    404    ok    404   404  403
POST   /tasks/{task_id}/claim                                 role_outside 401    404   404    404    404   404   404  403
POST   /tasks/{task_id}/claim                                 mine         401    404   403    404    403   404   404  403
POST   /tasks/{task_id}/release                               reviewing    401    ok    ok     404    404   404   404  403
POST   /tasks/{task_id}/release                               held         401    404   ok     404    ok    404   404  403
POST   /tasks/{task_id}/release                               card_inside  401    404   409    404    404   404   404  403
POST   /tasks/{task_id}/release                               card_outside 401    404   404    404    404   404   404  403
POST   /tasks/{task_id}/finish                                reviewing    401    ok    ok     404    404   404   404  403
POST   /tasks/{task_id}/finish                                review_there 401    404   404    404    404   404   404  403
POST   /tasks/{task_id}/finish                                held         401    404   409    404    409   404   404  403
POST   /tasks/{task_id}/finish                                card_inside  401    404   409    404    404   404   404  403
POST   /tasks/{task_id}/finish                                card_outside 401    404   404    404    404   404   404  403
GET    /jobs                                                  -            401    403   403    ok     403   403   403  403
POST   /jobs/{job_id}/retry                                   failed       401    403   403    ok     403   403   403  403
GET    /outside-systems                                       -            401    403   403    ok     403   403   403  403
GET    /dashboard                                             -            401    403   ok     403    403   403   403  403
GET    /law                                                   -            401    ok    ok     403    403   403   403  403
GET    /law/{name}                                            parameter    401    ok    ok     403    403   403   403  403
GET    /audit/events                                          -            401    403   403    403    403   ok    403  403
GET    /audit/events.xlsx                                     -            401    403   403    403    403   ok    403  403
GET    /audit/events/{audit_event_id}                         inside       401    403   403    403    403   ok    403  403
GET    /audit/events/{audit_event_id}                         outside      401    403   403    403    403   404   403  403
GET    /audit/seals                                           -            401    403   403    403    403   ok    403  403
POST   /people/search                                         -            401    ok    ok     403    403   403   403  403
POST   /people/search.xlsx                                    -            401    403   ok     403    403   403   403  403
POST   /people                                                inside       401    ok    403    403    403   403   403  403
POST   /people                                                outside      401    403   403    403    403   403   403  403
POST   /people                                                above        401    403   403    403    403   403   403  403
POST   /people/{person_id}/open                               inside       401    ok    ok     403    403   403   403  403
POST   /people/{person_id}/open                               outside      401    404   404    403    403   403   403  403
POST   /people/{person_id}/open                               above        401    404   404    403    403   403   403  403
GET    /people/{person_id}/accounts                           inside       401    ok    ok     403    403   403   403  403
GET    /people/{person_id}/accounts                           outside      401    404   404    403    403   403   403  403
GET    /people/{person_id}/accounts                           above        401    404   404    403    403   403   403  403
GET    /people/{person_id}/contribution-months                inside       401    ok    ok     403    403   403   403  403
GET    /people/{person_id}/contribution-months                outside      401    404   404    403    403   403   403  403
GET    /people/{person_id}/contribution-months                above        401    404   404    403    403   403   403  403
POST   /interest-runs                                         -            401    403   ok     403    403   403   403  403
PATCH  /people/{person_id}                                    inside       401    ok    403    403    403   403   403  403
PATCH  /people/{person_id}                                    outside      401    404   403    403    403   403   403  403
PATCH  /people/{person_id}                                    above        401    404   403    403    403   403   403  403
PUT    /people/{person_id}/phone                              inside       401    ok    403    403    403   403   403  403
PUT    /people/{person_id}/phone                              outside      401    404   403    403    403   403   403  403
POST   /people/{person_id}/card-changes                       inside       401    ok    403    403    403   403   403  403
POST   /people/{person_id}/card-changes                       outside      401    404   403    403    403   403   403  403
POST   /people/{person_id}/merge                              inside       401    403   ok     403    403   403   403  403
POST   /people/{person_id}/merge                              outside      401    403   404    403    403   403   403  403
POST   /people/{person_id}/merge                              into_outside 401    403   404    403    403   403   403  403
POST   /people/{person_id}/move                               inside       401    ok    403    403    403   403   403  403
POST   /people/{person_id}/move                               outside      401    404   403    403    403   403   403  403
POST   /people/{person_id}/decease                            inside       401    ok    403    403    403   403   403  403
POST   /people/{person_id}/decease                            outside      401    404   403    403    403   403   403  403
POST   /people/{person_id}/binding-codes                      inside       401    ok    403    403    403   403   403  403
POST   /people/{person_id}/binding-codes                      outside      401    404   403    403    403   403   403  403
GET    /people/{person_id}/channels                           inside       401    ok    403    403    403   403   403  403
GET    /people/{person_id}/channels                           outside      401    404   403    403    403   403   403  403
DELETE /people/{person_id}/channels/{channel_id}              inside       401    ok    403    403    403   403   403  403
DELETE /people/{person_id}/channels/{channel_id}              outside      401    404   403    403    403   403   403  403
DELETE /people/{person_id}/channels/{channel_id}              mixed        401    404   403    403    403   403   403  403
GET    /people/{person_id}/delegations                        inside       401    ok    403    403    403   403   403  403
GET    /people/{person_id}/delegations                        outside      401    404   403    403    403   403   403  403
POST   /delegations/{delegation_id}/confirm                   inside       401    ok    403    403    403   403   403  403
POST   /delegations/{delegation_id}/confirm                   outside      401    404   403    403    403   403   403  403
POST   /delegations/{delegation_id}/confirm                   nobody       401    404   403    403    403   403   403  403
POST   /people/{person_id}/enrolments                         inside       401    ok    403    403    403   403   403  403
POST   /people/{person_id}/enrolments                         outside      401    404   403    403    403   403   403  403
POST   /people/{person_id}/enrolments/{enrolment_id}/end      inside       401    ok    403    403    403   403   403  403
POST   /people/{person_id}/enrolments/{enrolment_id}/end      outside      401    404   403    403    403   403   403  403
POST   /people/{person_id}/enrolments/{enrolment_id}/end      mixed        401    404   403    403    403   403   403  403
"""
