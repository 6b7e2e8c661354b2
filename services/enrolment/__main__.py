from chassis.process import main
from services.enrolment.app import SERVICE

main(SERVICE)
