"""Error codes as classes: one table for the many spellings of the same outcome."""

import re

from offtrail.ingest.event import ErrorClass
from offtrail.ingest.remember import remembered

_READ = 1024  # signs of a code; AWS writes no longer one
_SIDE = re.compile(r"^(?:Client|Server)\.")  # EC2 writes whose fault it was
_TABLE: list[tuple[ErrorClass, str]] = [  # the first row that is found in a code decides
    (
        "throttled",
        r"Throttl|TooManyRequests|RequestLimitExceeded|^SlowDown|RateExceeded|RateLimit"
        r"|APICallRate|BandwidthLimit|ProvisionedThroughputExceeded|PriorRequestNotComplete",
    ),
    (
        "authentication",
        r"InvalidClientTokenId|UnrecognizedClient|ExpiredToken|^TokenExpired|RequestExpired"
        r"|SignatureDoesNotMatch|IncompleteSignature|^InvalidSignature|InvalidAccessKeyId"
        r"|MissingAuthenticationToken|InvalidIdentityToken|IDPRejectedClaim|TokenRefreshRequired"
        r"|InvalidToken$|InvalidTokenException|InvalidGrantException|InvalidCredentials"
        r"|RequestTimeTooSkewed|NotSignedUp|^OptInRequired|Unauthenticated|SessionExpired"
        r"|PasswordResetRequired|UserNotConfirmed|LoginFailure$|^UserAuthenticationFailure$"
        r"|^(?:CheckMfa|SwitchRole|ExitRole|RenewRole|GetSigninToken|Credential|Password)\w*Failure$",
    ),
    (
        "denied",
        r"AccessDenied|Unauthorized|NotAuthorized|NoAuthorization|^Forbidden|AccessForbidden"
        r"|AuthFailure|InvalidAccessException|AuthorizationError|AuthorizationFailure"
        r"|AllAccessDisabled|InsufficientPermission|InsufficientPrivilege|PermissionDenied"
        r"|MissingPermission|InvalidUserPermission|ExplicitDeny|^Blocked$|^403$",
    ),
    (
        "quota",
        r"(?:Limits?|Quota\w*|Number\w*|Count|Max\w*)Exceeded|LimitReached|OverLimit|LimitException"
        r"|^Maximum|^TooMany|VcpuLimit|Insufficient\w*Capacity|OutOfCapacity|FreeAddresses",
    ),
    (
        "not-found",
        r"NotFound|NoSuch|NotExist|DoesNotExist|Non[Ee]xistent|NotDiscovered|DeletedException"
        r"|^Unknown(?:Resource|Trail|Snapshot|Volume|Monitor|Subscription|Topic)|^Gone|^404$",
    ),
    (
        "conflict",
        r"Exists|AlreadyExist|Already[A-Z]|Conflict|InUse|Duplicate|State(?:Fault|Exception)?$"
        r"|IncorrectState|IncorrectInstanceState|InvalidState|IllegalStatus|NotEmpty|NonEmpty"
        r"|OperationAborted|HasOngoing|NotPermitted|(?<!Method)NotAllowedException|Preconditions?Failed|Precondition\w*Met"
        r"|Busy|Concurrent|Idempoten|nmodifiable|NotReady|InProgress|ConditionalCheckFailed"
        r"|TransactionCanceled|Lock(?:ed)?Exception|OutOf(?:Date|Sync)|OutdatedException|Stale"
        r"|Disabled|NotEnabled|NotActive|NotRegistered|CannotDelete|Deleting|Unchanged|Associated",
    ),
    (
        "dependency",
        r"Dependency|^Internal|InternalError|InternalFailure|InternalServer|ServerInternal"
        r"|^Unavailable|UnavailableException|ServiceUnavailable|ServiceException$|^ServerException|ServiceFailure"
        r"|ServiceFault|Timeout|TimedOut|Gateway|K[Mm][Ss]|NetworkFailure|Unreachable|ModelError"
        r"|NotAvailable|^5\d\d$",
    ),
    (
        "validation",
        r"Validation|Malformed|Invalid|^Missing|Parameter|BadRequest|Unsupported|NotSupport"
        r"|^Unknown(?:Operation|Exception)|Serialization|MethodNotAllowed|^Illegal|TooLarge"
        r"|^ClientException$|NotValid|NotImplemented|Violation|Required|Unprocessable|TooLong"
        r"|Mismatch|TooSmall|NotDistinct|(?:Length|Size)Exceeded|TokenExpired|Expired|Empty"
        r"|Parsing|ParseException|RangeNotSatisf|NotAcceptable",
    ),
]
_ROWS = [(name, re.compile(pattern)) for name, pattern in _TABLE]
_DENIAL = re.compile(
    r"^\W*access (?:is )?denied|not authorized to perform|^user is not authorized"
    r"|^you are not authorized|^you do not have (?:sufficient )?(?:access|permission)"
    r"|due to (?:an? )?(?:vpc endpoint|service control) policy",
    re.IGNORECASE,
)


def error_class(code: str, message: str = "") -> ErrorClass:
    """The class of an error; a message that denies makes any code a denial."""
    if not code:
        return ""
    found = _class_of_code(code)
    denied = found not in ("denied", "authentication") and message and _DENIAL.search(message)
    return "denied" if denied else found


@remembered(1 << 12)
def _class_of_code(code: str) -> ErrorClass:
    bare = _SIDE.sub("", code[:_READ])
    return next((name for name, pattern in _ROWS if pattern.search(bare)), "other")
