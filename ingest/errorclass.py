"""Error codes as classes: one table for the many spellings of the same outcome."""

import re
from functools import lru_cache

from offtrail.ingest.event import ErrorClass

_SIDE = re.compile(r"^(?:Client|Server)\.")  # EC2 writes whose fault it was
_TABLE: list[tuple[ErrorClass, str]] = [  # the first row that is found in a code decides
    (
        "throttled",
        r"Throttl|TooManyRequests|RequestLimitExceeded|^SlowDown|RateExceeded"
        r"|BandwidthLimitExceeded|ProvisionedThroughputExceeded|PriorRequestNotComplete",
    ),
    (
        "authentication",
        r"InvalidClientTokenId|UnrecognizedClient|ExpiredToken|TokenExpired|RequestExpired"
        r"|SignatureDoesNotMatch|IncompleteSignature|InvalidSignature|InvalidAccessKeyId"
        r"|MissingAuthenticationToken|InvalidIdentityToken|IDPRejectedClaim|TokenRefreshRequired"
        r"|InvalidToken$|InvalidTokenException|InvalidGrant|InvalidCredentials|LoginFailure$"
        r"|RequestTimeTooSkewed|NotSignedUp|OptInRequired"
        r"|^(?:CheckMfa|SwitchRole|ExitRole|RenewRole|GetSigninToken|Password\w*)Failure$"
        r"|^(?:Credential\w*|UserAuthentication)Failure$",
    ),
    (
        "denied",
        r"AccessDenied|Unauthorized|NotAuthorized|^Forbidden|AccessForbidden|AuthFailure"
        r"|InvalidAccessException|AuthorizationError|AuthorizationFailure|AllAccessDisabled"
        r"|InsufficientPermission|InsufficientPrivilege|PermissionDenied|MissingPermission"
        r"|InvalidUserPermission|ExplicitDeny|^Blocked$|^403$",
    ),
    (
        "quota",
        r"LimitExceeded|QuotaExceeded|LimitReached|^TooMany|^MaxLimit|MaximumExceeded|VcpuLimit"
        r"|Insufficient(?:Instance|Host|Reserved\w*)?Capacity|InsufficientFreeAddresses",
    ),
    (
        "not-found",
        r"NotFound|^NoSuch|NoSuch\w+$|NotExist|DoesNotExist|Non[Ee]xistent|^UnknownResource"
        r"|^Unknown(?:Trail|Snapshot|Volume)|^404$",
    ),
    (
        "conflict",
        r"AlreadyExist|AlreadyOwned|AlreadyIn|AlreadyAssoc|AlreadyEnabled|Conflict|InUse|Duplicate"
        r"|IncorrectState|IncorrectInstanceState|InvalidState|^Invalid\w*State(?:Fault|Exception)?$"
        r"|StateException|IllegalStatus|NotEmpty|OperationAborted|OperationNotPermitted"
        r"|PreconditionFailed|IsBusy|ConcurrentModification|ConcurrentUpdate|Idempotent"
        r"|TemporarilyUnmodifiable|NotReady|OperationInProgress|^DisabledException",
    ),
    (
        "dependency",
        r"Dependency|^Internal|InternalError|InternalFailure|InternalServer|ServiceUnavailable"
        r"|^Unavailable|UnavailableException|ServiceException$|^ServerException|ServiceFailure"
        r"|Timeout|TimedOut|^5\d\d$",
    ),
    (
        "validation",
        r"Validation|Malformed|Invalid|^Missing|Parameter|^BadRequest|Unsupported|NotSupported"
        r"|^Unknown(?:Operation|Exception)|^Serialization|MethodNotAllowed|^Illegal|TooLarge"
        r"|^ClientException$|NotValid|NotImplemented|PolicyViolation",
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


@lru_cache(maxsize=4096)
def _class_of_code(code: str) -> ErrorClass:
    bare = _SIDE.sub("", code)
    return next((name for name, pattern in _ROWS if pattern.search(bare)), "other")
